//! A command that scans a tree, to be measured as a whole process: `scan-tree own|decoded|all FOLDER [--list]`.
//!
//! `own` searches for tokens of one prefix without decoding, `decoded` for the same in encoded text too, and `all` with
//! all rules.
#![allow(clippy::print_stdout, reason = "a command's output")]

use std::{collections::BTreeMap, env, error::Error};

use token_scan::{Report, Scan};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [what, folder, rest @ ..] = arguments.as_slice() else {
        return Err("usage: scan-tree own|decoded|all FOLDER [--list]".into());
    };
    let scan = match what.as_str() {
        "own" => Scan::bare().decode(false),
        "decoded" => Scan::bare(),
        _ => Scan::new(),
    };
    let scan = scan.prefix(benches::PREFIX.parse()?).gitignored(true).threads(2);
    let report = scan.tree(folder)?;
    if rest.iter().any(|argument| argument == "--list") {
        list(&report);
    }
    println!(
        "{} files, {} bytes, {} findings",
        report.files(),
        report.bytes(),
        report.findings().len()
    );
    Ok(())
}

/// Prints every finding, and how many of each rule there are.
fn list(report: &Report) {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.findings() {
        *rules.entry(finding.code()).or_default() += 1;
        if let Some(place) = finding.place() {
            println!("{}:{}:{} {}", place.file(), place.line(), place.column(), finding.code());
        }
    }
    rules.iter().for_each(|(rule, count)| println!("{count:6} {rule}"));
}
