//! What a command that scans a tree does, as a whole process: `scan-tree own|all FOLDER [--list]`.
#![allow(clippy::print_stdout, reason = "a command's output")]

use std::{collections::BTreeMap, env, error::Error, process::ExitCode};

use token_scan::{Report, Scan};

/// The prefix of the tokens that `own` looks for.
const PREFIX: &str = "acmecorp_deploy";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [what, folder, rest @ ..] = arguments.as_slice() else {
        return Err("usage: scan-tree own|all FOLDER [--list]".into());
    };
    let scan = match what.as_str() { "own" => Scan::bare(), "raw" => Scan::bare().decode(false), _ => Scan::new() };
    let report = scan.prefix(PREFIX.parse()?).tree(folder)?;
    if rest.iter().any(|argument| argument == "--list") {
        list(&report);
    }
    println!("{} files, {} bytes, {} findings", report.files(), report.bytes(), report.findings().len());
    Ok(ExitCode::SUCCESS)
}

/// Every finding, and how many of each rule there are.
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
