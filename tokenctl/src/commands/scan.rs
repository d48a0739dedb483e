//! Implements `scan`, which finds tokens that are written into sources.

mod levels;
mod plan;
#[cfg(feature = "registry")]
mod revoke;
mod suppress;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use token_policy::Level;
use token_policy::report::Notice;
use token_scan::{Entry, Progress, Range, Report, SUPPRESSIONS_FILE, Scanner};

use self::plan::{Plan, Told};
use super::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::git::Git;
use crate::options::Format;
use crate::output::{Found, Output, Watch, counted, judged, number};
use crate::project::Project;
use crate::version::Version;

/// Finds tokens that are written into sources.
///
/// What is certain (the policy's own format, issuers with a checksum, private keys) or specific (an issuer's own prefix,
/// length and alphabet) fails the run; a guess warns. `[scan]` in the policy, or `--level`, changes that. Hidden files and lock files are searched; what git neither tracks nor would add, because of a `.gitignore`, is not.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Files and folders to scan; `-` is standard input [default: the current folder]
    #[arg(conflicts_with_all = ["staged", "since"])]
    paths: Vec<PathBuf>,
    /// Scan only what is staged, for a pre-commit hook. The policy, rules and suppressions are read as they are staged,
    /// too
    #[arg(long, conflicts_with = "since")]
    staged: bool,
    /// Scan only what the commits after this revision added, or those of FROM..TO, also if a later commit removed it, and
    /// their messages, tags and notes. The policy, rules and suppressions are read as they are committed, too. Zeros, the
    /// empty tree and nothing stand for the time before the first commit
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "")]
    since: Option<String>,
    /// Scan also files that git ignores
    #[arg(long)]
    ignored: bool,
    /// Skip larger files, and say so; in a commit, or what is staged, they make the run fail
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    max_size: u32,
    /// The name of standard input in findings; if it ends in `.rs`, the text is read as Rust
    #[arg(long, value_name = "NAME", default_value = "stdin")]
    stdin_name: String,
    /// Fail on warnings too, and on files that were not searched in full
    #[arg(long)]
    deny_warnings: bool,
    #[command(flatten)]
    plan: Plan,
    #[command(flatten)]
    accept: suppress::Accept,
    #[cfg(feature = "registry")]
    #[command(flatten)]
    revoking: revoke::Revoking,
    /// How findings are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    arguments.accept.check()?;
    #[cfg(feature = "registry")]
    let ready = arguments.revoking.ready()?;
    let project = Project::of(&arguments.paths)?;
    let version = arguments.version(&project)?;
    let mut told = Told::default();
    let (mut scanner, mut report) = once(arguments, &project, &version, output, &mut told)?;
    if let Some(mut entries) = arguments.accept.entries(&report)? {
        if arguments.since.is_some() {
            // The tree may no longer have what the history has.
            entries = entries.into_iter().map(Entry::of_history).collect();
        }
        let path = arguments.plan.suppressions_path(&project);
        suppress::write(&path, entries, &project, output)?;
        // The output and the exit code must be those of the next run, so the scan is repeated with the new entries.
        told = Told::default();
        (scanner, report) = once(arguments, &project, &version, output, &mut told)?;
    }
    let topics = topics::of_scan(scanner.rules());
    let mut notices = std::mem::take(&mut told.notices);
    notices.extend(report.notices());
    #[cfg(feature = "registry")]
    let revoked = ready.map(|ready| ready.revoke(report.findings(), output));
    #[cfg(feature = "registry")]
    let findings = revoked.as_ref().map_or(report.findings(), |told| &told.findings);
    #[cfg(not(feature = "registry"))]
    let findings = report.findings();
    let found = Found {
        command: "scan",
        about: SUPPRESSIONS_FILE,
        findings,
        accepted: report.accepted(),
        notices: &notices,
        rules: &topics::rules(&topics),
    };
    output.report(arguments.format, &found)?;
    let is_partial = tell(&notices, arguments.deny_warnings, output);
    output.note(&summary(&report));
    #[cfg(feature = "registry")]
    if revoked.is_some_and(|told| told.is_left) {
        return Ok(Exit::Failed);
    }
    Ok(match judged(report.findings(), arguments.deny_warnings) {
        Exit::Clean if is_partial => Exit::Failed,
        exit => exit,
    })
}

fn once(
    arguments: &Arguments,
    project: &Project,
    version: &Version,
    output: &Output,
    told: &mut Told,
) -> Result<(Scanner, Report), Failure> {
    let progress = Arc::new(Progress::default());
    let writes = arguments.accept.is_asked();
    let scan = arguments.plan.scan(project, version, writes, output, told)?;
    let scan = scan
        .gitignored(arguments.ignored)
        .max_file_bytes(u64::from(arguments.max_size) << 20)
        .progress(progress.clone());
    let scanner = scan.build()?;
    arguments.plan.check_levels(&scanner, told)?;
    let _watch = Watch::new(output, move || {
        format!("{} files, {}", progress.files(), size(progress.bytes()))
    });
    let report = search(arguments, &scanner, project, version)?;
    Ok((scanner, report))
}

fn search(
    arguments: &Arguments,
    scanner: &Scanner,
    project: &Project,
    version: &Version,
) -> Result<Report, Failure> {
    match version {
        Version::Staged => return Ok(scanner.staged(&project.root)?),
        Version::Committed(range) => return Ok(scanner.commits(&project.root, range)?),
        Version::Working => {}
    }
    match arguments.paths.as_slice() {
        [only] if only.as_os_str() == "-" => {
            Ok(scanner.reader(&arguments.stdin_name, io::stdin().lock())?)
        }
        [] => {
            refuse_bare(&project.here)?;
            Ok(scanner.trees(&project.root, std::slice::from_ref(&project.here))?)
        }
        paths => Ok(scanner.trees(&project.root, &whole(paths, project)?)?),
    }
}

/// Returns the paths in the form that the scan needs: canonical, as the root is.
fn whole(paths: &[PathBuf], project: &Project) -> Result<Vec<PathBuf>, Failure> {
    let whole = |path: &PathBuf| {
        if path.as_os_str() == "-" {
            return Err(Failure::usage(
                "`-` is standard input, and cannot stand beside other paths",
            ));
        }
        let failed = |error| Failure::at(&project.shown(path), &error);
        let found = path.metadata().map_err(failed)?;
        if !found.is_file() && !found.is_dir() {
            let message = format!("{}: this is a pipe, a device or a socket", project.shown(path));
            return Err(Failure::new(message)
                .help("only files and folders can be named; `-` reads standard input"));
        }
        let path = path.canonicalize().map_err(failed)?;
        refuse_bare(&path)?;
        Ok(path)
    };
    paths.iter().map(whole).collect()
}

/// Fails for a repository without a working tree: its files are packed in objects, in which nothing would be found.
fn refuse_bare(folder: &Path) -> Result<(), Failure> {
    let is_like_one = ["HEAD", "objects", "refs"].iter().all(|name| folder.join(name).exists());
    if is_like_one && Git::new(folder).is_bare()? {
        let message = "this is a repository without a working tree, so there are no files to scan";
        return Err(Failure::new(message).help(
            "`tokenctl scan --since` scans all its commits, and `--since REVISION` those after a revision",
        ));
    }
    Ok(())
}

impl Arguments {
    /// Returns which version of the policy, rules and suppressions is used. For what is staged or committed, it is the
    /// version that is staged or committed with it.
    fn version(&self, project: &Project) -> Result<Version, Failure> {
        Ok(match &self.since {
            _ if self.staged => Version::Staged,
            None => Version::Working,
            Some(since) if since.is_empty() => Version::Committed(Range::whole(&project.root)?),
            Some(since) => Version::Committed(Range::read(&project.root, since)?),
        })
    }
}

/// Says what was not searched, and returns whether that makes the run fail. A file that is unreadable does; a file that
/// is too large or damaged does only with `--deny-warnings`.
fn tell(notices: &[Notice], deny_warnings: bool, output: &Output) -> bool {
    let least = if deny_warnings { Level::Warn } else { Level::Deny };
    for notice in notices {
        let level = match notice.level() {
            level if level >= least => "error",
            Level::Allow => "note",
            _ => "warning",
        };
        let line = format!("{level}[{}]: {notice}", notice.code());
        output.told(notice.level() >= least, &line);
    }
    notices.iter().any(|notice| notice.level() >= least)
}

fn summary(report: &Report) -> String {
    let files = number(report.files(), "file");
    let accepted = match report.suppressed() {
        0 => String::new(),
        suppressed => format!(", {suppressed} suppressed"),
    };
    let partly = match report.skipped().len() {
        0 => String::new(),
        skipped => format!(", {} not searched in full", number(skipped, "file")),
    };
    let (size, found) = (size(report.bytes()), counted(report.findings()));
    format!("{files}, {size}: {found}{accepted}{partly}")
}

/// Writes a size in its largest unit, with one decimal.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}
