//! Decides what a scan looks for, from the arguments and from what is in the repository.

use std::path::PathBuf;

use clap::Args;
use token_core::TokenId;
use token_policy::format::Prefix;
use token_policy::report::Notice;
use token_scan::{SUPPRESSIONS_FILE, Scan, Scanner};

use super::levels::{self, Given};
use crate::commands::explain::topics::{NO_POLICY, POLICY_MISTAKE};
use crate::failure::Failure;
use crate::output::Output;
use crate::policy::PolicyFile;
use crate::project::Project;
use crate::version::{Found, Version};

#[derive(Args)]
#[command(next_help_heading = "What to look for")]
pub(crate) struct Plan {
    /// A policy whose tokens are looked for; can be given several times [default: every tokens.toml in the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_policy")]
    policy: Vec<PathBuf>,
    /// Look for no tokens of a policy
    #[arg(long)]
    no_policy: bool,
    /// Look only for tokens of policies and known ones, which is the fastest
    #[arg(long, conflicts_with = "rules")]
    no_rules: bool,
    /// A file with more rules: a `gitleaks.toml`, or `[[rule]]` tables
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// A file with the ids of live tokens, one on each line, such as those that `tokenctl audit open` lists
    #[arg(long, value_name = "FILE")]
    known: Vec<PathBuf>,
    /// What findings do to the run, by their sort (`certain`, `specific`, `guess`) or their rule, such as `guess=deny`; can
    /// be given several times [default: `[scan]` of the policy]
    #[arg(long, value_name = "NAME=LEVEL")]
    level: Vec<Given>,
    /// The file of suppressions [default: tokens.suppressions in the repository's root]
    #[arg(long, value_name = "FILE")]
    suppressions: Option<PathBuf>,
}

impl Plan {
    /// Makes the scan for everything that is to be looked for. Fails if a file of suppressions that was asked for is
    /// missing, unless it is about to be written (`writes`).
    pub(super) fn scan(
        &self,
        project: &Project,
        version: &Version,
        writes: bool,
        output: &Output,
        told: &mut Told,
    ) -> Result<Scan, Failure> {
        let scan = if self.no_rules { Scan::bare() } else { Scan::new() };
        let mut scan = self.with_policies(scan, project, version, output, told)?;
        for path in &self.rules {
            let text = version.read(path, project)?;
            let read = scan.rules_file(&text);
            scan = read.map_err(|error| {
                Failure::within(&project.shown(path), error)
                    .help("expected a gitleaks configuration, or `[[rule]]` tables as token-scan reads them")
            })?;
        }
        scan = levels::set(scan, &self.level);
        for path in &self.known {
            let ids = ids(&project.shown(path), &version.read(path, project)?)?;
            scan = ids.iter().fold(scan, |scan, id| scan.known(*id.as_bytes()));
        }
        match self.suppressions(project, version, writes, output)? {
            Some((shown, text)) => Ok(scan.suppressions(&shown, &text)),
            None => Ok(scan),
        }
    }

    /// Fails if `--level` names nothing, and tells of names in policies that mean nothing.
    pub(super) fn check_levels(&self, scanner: &Scanner, told: &mut Told) -> Result<(), Failure> {
        // Without rules nothing is known of their names.
        if !self.no_rules {
            told.notices.extend(levels::check(scanner, &self.level)?);
        }
        Ok(())
    }

    /// Returns the name of the file of suppressions and its text, or `None` if there is no such file to be read.
    fn suppressions(
        &self,
        project: &Project,
        version: &Version,
        writes: bool,
        output: &Output,
    ) -> Result<Option<(String, String)>, Failure> {
        let path = self.suppressions_path(project);
        let shown = project.shown(&path);
        // Entries are written into the working tree, and must be read there to have an effect at once.
        let version = if writes { &Version::Working } else { version };
        let text = match version.tracked(&path, project)? {
            Some(text) => text,
            None if path.symlink_metadata().is_err() && (writes || self.suppressions.is_none()) => {
                return Ok(None);
            }
            None if *version != Version::Working && self.suppressions.is_none() => {
                output.note(&version.without(&shown));
                return Ok(None);
            }
            None => project.read(&path)?,
        };
        output.detail(&format!("suppressions of {shown}"));
        Ok(Some((shown, text)))
    }

    /// Returns the path of the file into which accepted findings are written.
    pub(super) fn suppressions_path(&self, project: &Project) -> PathBuf {
        let standard = || project.root.join(SUPPRESSIONS_FILE);
        self.suppressions.clone().unwrap_or_else(standard)
    }

    /// Adds the tokens of the policies that were named, or else of all that are found in the repository.
    fn with_policies(
        &self,
        mut scan: Scan,
        project: &Project,
        version: &Version,
        output: &Output,
        told: &mut Told,
    ) -> Result<Scan, Failure> {
        for path in &self.policy {
            scan = with(scan, project.shown(path), version.read(path, project)?, output)?;
        }
        if !self.policy.is_empty() || self.no_policy {
            return Ok(scan);
        }
        let found = version.policies(project)?;
        if found.is_empty() && project.is_repository() {
            told.notices.push(Notice::new(NO_POLICY.code, NO_POLICY.level, NONE_FOUND));
        }
        for Found { path, shown, text, is_old } in found {
            let folder = path.parent();
            let is_near = project.folders().any(|above| Some(above) == folder);
            scan = if is_near && !is_old {
                with(scan, shown, text, output)?
            } else {
                leniently(scan, shown, text, output, told)?
            };
        }
        Ok(scan)
    }
}

/// Adds the tokens of a policy, which must be valid.
fn with(scan: Scan, shown: String, text: String, output: &Output) -> Result<Scan, Failure> {
    let (name, rules) = PolicyFile::new(shown, text).valid().map_err(|failure| {
        failure.help("`tokenctl check` shows what is wrong; `--no-policy` scans without")
    })?;
    output.detail(&format!("tokens of the policy {}", name));
    Ok(scan.policy(&rules))
}

/// What is to be told beside what is found.
#[derive(Default)]
pub(super) struct Told {
    pub(super) notices: Vec<Notice>,
}

/// Adds the tokens of a policy for another folder. It may have mistakes, such as one that is made for a test; then only
/// its formats count, as far as they can be read.
fn leniently(
    scan: Scan,
    shown: String,
    text: String,
    output: &Output,
    told: &mut Told,
) -> Result<Scan, Failure> {
    let read = PolicyFile::new(shown, text);
    if let Ok(rules) = &read.policy {
        output.detail(&format!("tokens of the policy {}", read.name));
        // Its `[scan]` table is about that folder.
        return Ok(scan.formats_of(rules));
    }
    let notice = Notice::new(POLICY_MISTAKE.code, POLICY_MISTAKE.level, MISTAKE_FOUND);
    told.notices.push(notice.about(read.name));
    let quoted = read.text.split(['"', '\'']).skip(1).step_by(2);
    Ok(quoted.filter_map(|text| Prefix::parse(text).ok()).fold(scan, Scan::prefix))
}

const NONE_FOUND: &str = "without a policy, no token of your own format can be found";

const MISTAKE_FOUND: &str =
    "this policy has a mistake; only its formats are looked for, as far as they can be read";

/// Reads the ids in a file. The error repeats nothing of the file, since somebody may have put tokens there instead.
fn ids(shown: &str, text: &str) -> Result<Vec<TokenId>, Failure> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let id = |(number, line): (usize, &str)| {
        line.parse().map_err(|_| {
            Failure::new(format!("{shown}:{number}: this is not the id of a token"))
                .help("expected 32 hexadecimal digits; never write a token there")
        })
    };
    lines.map(id).collect()
}
