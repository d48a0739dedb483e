//! `scan`: tokens that are written into sources.

mod plan;
mod suppress;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use token_scan::{Progress, Report, Scanner, Why};

use self::plan::Plan;
use super::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::{Output, Watch, counted, judged, number};
use crate::project::Project;

/// Finds tokens that are written into sources.
///
/// Certain findings (the policy's own format, issuers with a checksum, private keys) fail the run; heuristic ones warn.
/// `.gitignore` is honoured, hidden files and lock files are searched.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Files and folders; `-` is standard input [default: the current folder]
    #[arg(conflicts_with_all = ["staged", "since"])]
    paths: Vec<PathBuf>,
    /// Only what is staged, for a pre-commit hook
    #[arg(long, conflicts_with = "since")]
    staged: bool,
    /// Only what the commits after this revision added, also if a later one removed it
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Files that `.gitignore` names too
    #[arg(long)]
    ignored: bool,
    /// Skip larger files
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    max_size: u32,
    /// What standard input is called; a name in `.rs` is read as Rust
    #[arg(long, value_name = "NAME", default_value = "stdin")]
    stdin_name: String,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
    #[command(flatten)]
    plan: Plan,
    #[command(flatten)]
    accept: suppress::Accept,
    /// How findings are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let (mut scanner, mut report) = once(arguments, &project, output)?;
    if let Some(entries) = arguments.accept.entries(&report)? {
        let path = arguments.plan.suppressions_path(&project);
        suppress::write(&path, entries, &project, output)?;
        // What is told and how the run ends is what the next run would say.
        (scanner, report) = once(arguments, &project, output)?;
    }
    let topics = topics::of_scan(scanner.rules());
    output.findings(arguments.format, report.findings(), &topics::rules(&topics))?;
    let is_partial = tell_skipped(&report, arguments.deny_warnings, output);
    output.note(&summary(&report));
    Ok(match judged(report.findings(), arguments.deny_warnings) {
        Exit::Clean if is_partial => Exit::Failed,
        exit => exit,
    })
}

fn once(
    arguments: &Arguments,
    project: &Project,
    output: &Output,
) -> Result<(Scanner, Report), Failure> {
    let progress = Arc::new(Progress::default());
    let scan = arguments.plan.scan(project, arguments.accept.is_asked(), output)?;
    let scan = scan
        .gitignored(arguments.ignored)
        .max_file_bytes(u64::from(arguments.max_size) << 20)
        .progress(progress.clone());
    let scanner = scan.build()?;
    let _watch = Watch::new(output, move || {
        format!("{} files, {}", progress.files(), size(progress.bytes()))
    });
    let report = search(arguments, &scanner, project)?;
    Ok((scanner, report))
}

fn search(arguments: &Arguments, scanner: &Scanner, project: &Project) -> Result<Report, Failure> {
    if arguments.staged {
        return Ok(scanner.staged(&project.root)?);
    }
    if let Some(since) = &arguments.since {
        return Ok(scanner.history(&project.root, since)?);
    }
    match arguments.paths.as_slice() {
        [only] if only.as_os_str() == "-" => {
            Ok(scanner.reader(&arguments.stdin_name, io::stdin().lock())?)
        }
        [] => Ok(scanner.trees(&project.root, std::slice::from_ref(&project.here))?),
        paths => Ok(scanner.trees(&project.root, &whole(paths, project)?)?),
    }
}

/// The paths as the scan wants them: all in the same form as the root.
fn whole(paths: &[PathBuf], project: &Project) -> Result<Vec<PathBuf>, Failure> {
    let whole = |path: &PathBuf| {
        if path.as_os_str() == "-" {
            return Err(Failure::usage(
                "`-` is standard input, and cannot stand beside other paths",
            ));
        }
        path.canonicalize().map_err(|error| Failure::at(&project.shown(path), &error))
    };
    paths.iter().map(whole).collect()
}

/// Says what was not searched. Whether that makes the run fail: what is unreadable does, what is too large with
/// `--deny-warnings`.
fn tell_skipped(report: &Report, deny_warnings: bool, output: &Output) -> bool {
    let mut is_partial = false;
    for skipped in report.skipped() {
        let (why, denied) = match skipped.why {
            Why::TooLarge => ("not searched: larger than `--max-size`", deny_warnings),
            Why::Decompressed => {
                ("only its first 32 MiB, decompressed, were searched", deny_warnings)
            }
            _ if skipped.path == ".git" => (
                "`git` does not say which ignored files are committed; does `git status` work here?",
                true,
            ),
            _ => ("not searched: unreadable", true),
        };
        is_partial |= denied;
        let level = if denied { "error" } else { "warning" };
        let path = token_policy::report::visible(&skipped.path);
        output.told(denied, &format!("{level}: {path}: {why}"));
    }
    is_partial
}

fn summary(report: &Report) -> String {
    let files = number(report.files(), "file");
    let accepted = match report.suppressed() {
        0 => String::new(),
        suppressed => format!(", {suppressed} suppressed"),
    };
    format!("{files}, {}: {}{accepted}", size(report.bytes()), counted(report.findings()))
}

/// In the largest unit, with one decimal.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}
