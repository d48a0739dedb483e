//! The cost of scanning a tree, beside ripgrep and ripsecrets as published.
//!
//! The tree is the sources of all crates that cargo has on this machine, or the folder that `TOKEN_SCAN_TREE` names. It must
//! have at least 200 MB. Whole processes are timed by the wall clock, as a user would, in turns and on two threads.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use benches::{
    PREFIX,
    measure::{Contest, Series},
    report::Report,
};
use token_scan::{Scan, Scanner};

/// The least size of the tree, in bytes.
const LEAST: f64 = 200e6;
/// How often each process runs.
const ROUNDS: usize = 7;
/// The size of the long line.
const LINE: usize = 5 << 20;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let tree = tree()?;
    let tree = tree.to_str().ok_or("the tree's path is not Unicode")?;
    let scanner = Scan::new().prefix(PREFIX.parse()?).gitignored(true).build()?;
    let bytes = scanner.tree(tree)?.bytes() as f64;
    let rivals = Rivals::install()?;
    let mut report = Report::new(&format!("scan: {:.0} MB of sources", bytes / 1e6));
    report.at_least("size of the tree", (bytes / 1e6).round(), "MB", LEAST / 1e6);
    trees(&mut report, &rivals, tree, bytes)?;
    start(&mut report)?;
    one_line(&mut report, &scanner, tree)?;
    Ok(report.finish())
}

/// The folder with the sources of all crates that cargo has, or the one that the environment names.
fn tree() -> Result<PathBuf, Box<dyn Error>> {
    if let Some(tree) = env::var_os("TOKEN_SCAN_TREE") {
        return Ok(tree.into());
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo"))).ok_or("no home of cargo")?;
    Ok(home.join("registry/src"))
}

fn trees(
    report: &mut Report,
    rivals: &Rivals,
    tree: &str,
    bytes: f64,
) -> Result<(), Box<dyn Error>> {
    let pattern = format!("{PREFIX}_[0-9A-Za-z]{{36}}");
    let ripgrep = |regex| [rivals.ripgrep(), "-uuu", "--threads=2", "--count", regex, tree];
    let (literal, any) = (ripgrep(&pattern), ripgrep("[a-z0-9]+_[a-z0-9]+_[0-9A-Za-z]{36}"));
    let ours = |what| [scan_tree(), what, tree];
    let (own, decoded, all) = (ours("own"), ours("decoded"), ours("all"));
    let [ripgrep, any, own, decoded, all] = in_turns([&literal, &any, &own, &decoded, &all])?;
    let speed = |series: &Series| (bytes / 1e6 / series.median()).round();
    report.number("own format, over ripgrep with its regex", own.over(&ripgrep), "x", Some(1.5));
    report.number("  decoding too, over the same", decoded.over(&ripgrep), "x", None);
    let what = "  and over ripgrep with a regex for all prefixes";
    report.number(what, decoded.over(&any), "x", None);
    report.number("  ripgrep", speed(&ripgrep), "MB/s", None);
    report.number("  own format", speed(&own), "MB/s", None);
    report.number("  decoding too", speed(&decoded), "MB/s", None);
    report.at_least("all rules", speed(&all), "MB/s", 100.0);
    let ripsecrets = Series::new(vec![seconds(&[rivals.ripsecrets(), tree])?]);
    report.number("  ripsecrets", (bytes / 1e5 / ripsecrets.median()).round() / 10.0, "MB/s", None);
    report.at_least(
        "  times as fast as that",
        (ripsecrets.median() / all.median()).round(),
        "x",
        10.0,
    );
    Ok(())
}

/// An empty tree, where most of the time is for reading the rules.
fn start(report: &mut Report) -> io::Result<()> {
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty");
    fs::create_dir_all(&empty)?;
    let [all] = in_turns([&[scan_tree(), "all", &empty.to_string_lossy()]])?;
    report.number("an empty tree, all rules", all.median() * 1e3, "ms", Some(30.0));
    Ok(())
}

/// The same text with line feeds and without.
fn one_line(report: &mut Report, scanner: &Scanner, tree: &str) -> io::Result<()> {
    let mut lines = Vec::new();
    sources(Path::new(tree), &mut lines)?;
    lines.truncate(LINE);
    let line: Vec<u8> =
        lines.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect();
    let outcome = Contest::new()
        .enter("lines", || drop(scanner.bytes("a.txt", &lines)))
        .enter("one line", || drop(scanner.bytes("a.txt", &line)))
        .run();
    report.ratio("5 MB in one line, over lines", &outcome, ["one line", "lines"], Some(2.0));
    Ok(())
}

/// Rust sources below a folder, up to the length of the line.
fn sources(folder: &Path, text: &mut Vec<u8>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for path in entries.iter().map(fs::DirEntry::path) {
        if text.len() >= LINE {
            break;
        }
        if path.is_dir() {
            sources(&path, text)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.extend(fs::read(&path)?);
        }
    }
    Ok(())
}

/// The path of the command that scans with token-scan.
fn scan_tree() -> &'static str {
    env!("CARGO_BIN_EXE_scan-tree")
}

/// Published commands, installed below the target directory once.
struct Rivals {
    ripgrep: String,
    ripsecrets: String,
}

impl Rivals {
    fn install() -> Result<Rivals, Box<dyn Error>> {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rivals");
        let command = |name: &str| root.join("bin").join(name).to_string_lossy().into_owned();
        let rivals = Rivals { ripgrep: command("rg"), ripsecrets: command("ripsecrets") };
        for (published, binary) in
            [("ripgrep@15.2.0", &rivals.ripgrep), ("ripsecrets@0.1.11", &rivals.ripsecrets)]
        {
            if !Path::new(binary).exists() {
                let mut cargo = Command::new(env!("CARGO"));
                cargo.args(["install", "--quiet", "--locked", published, "--root"]).arg(&root);
                let done = cargo.env("CARGO_TARGET_DIR", root.join("target")).status()?;
                done.success().then_some(()).ok_or("cargo install failed")?;
            }
        }
        Ok(rivals)
    }

    fn ripgrep(&self) -> &str {
        &self.ripgrep
    }

    fn ripsecrets(&self) -> &str {
        &self.ripsecrets
    }
}

/// The seconds that each command takes, in turns. The first round only warms up.
fn in_turns<const N: usize>(commands: [&[&str]; N]) -> io::Result<[Series; N]> {
    let mut rounds = [const { Vec::new() }; N];
    for round in 0..=ROUNDS {
        for (command, rounds) in commands.iter().zip(&mut rounds) {
            let seconds = seconds(command)?;
            if round > 0 {
                rounds.push(seconds);
            }
        }
    }
    Ok(rounds.map(Series::new))
}

/// How many seconds a command takes. Its status may say that it found something, or nothing.
fn seconds(command: &[&str]) -> io::Result<f64> {
    let [program, arguments @ ..] = command else { return Err(io::ErrorKind::InvalidInput.into()) };
    let started = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let seconds = started.elapsed().as_secs_f64();
    // Both rivals exit with 0 or 1; a higher status means that they failed.
    match status.code() {
        Some(0 | 1) => Ok(seconds),
        _ => Err(io::Error::other(format!("{program} failed"))),
    }
}
