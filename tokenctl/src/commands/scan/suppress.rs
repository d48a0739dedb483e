//! Accepts findings, by writing entries into the file of suppressions.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Args;
use token_policy::report::path_text;
use token_scan::{Entry, EntryError, Report};

use crate::failure::Failure;
use crate::file;
use crate::output::{Output, Veil};
use crate::project::Project;

#[derive(Args)]
#[command(next_help_heading = "Accept findings")]
pub(crate) struct Accept {
    /// Accept what RULE finds in PATH, for a reason and a time, in the file of suppressions
    #[arg(
        long,
        value_name = "RULE:PATH",
        requires = "reason",
        requires = "until",
        conflicts_with = "staged"
    )]
    suppress: Vec<OsString>,
    /// Why the finding is accepted
    #[arg(long, value_name = "TEXT", requires = "suppress")]
    reason: Option<String>,
    /// The last day on which the finding is accepted, such as 2027-01-31
    #[arg(long, value_name = "DATE", requires = "suppress")]
    until: Option<String>,
}

impl Accept {
    /// Returns whether entries are to be written. If so, their file need not be there yet.
    pub(super) fn is_asked(&self) -> bool {
        !self.suppress.is_empty()
    }

    /// Returns the entries that were asked for, or `None` if no entries were.
    pub(super) fn entries(&self, report: &Report) -> Result<Option<Vec<Entry>>, Failure> {
        let (Some(reason), Some(until)) = (&self.reason, &self.until) else { return Ok(None) };
        let mut entries = Vec::new();
        for asked in &self.suppress {
            for entry in self.of(asked, report)? {
                entries.push(entry.because(until, reason).map_err(wrong)?);
            }
        }
        Ok(Some(entries))
    }

    /// Checks what would be written into each entry, before anything is scanned.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(until) = &self.until {
            // Dates with a year, month and day of fixed widths sort in the order of time.
            let today = time::UtcDateTime::now().date().to_string();
            if Entry::check_end(until).is_err() || *until < today {
                return Err(Failure::usage("`--until` is no day to come")
                    .help("`--until` wants a date such as 2027-01-31"));
            }
        }
        let hides = |reason: &String| Veil::new(reason).mask(reason) != *reason;
        if self.reason.as_ref().is_some_and(hides) {
            return Err(Failure::usage(
                "there is a token in `--reason`, which would be written into a file",
            )
            .help("say why the finding is accepted, without the token"));
        }
        Ok(())
    }

    /// Returns an entry for each finding that an argument means. Fails if there is no such finding.
    fn of(&self, asked: &OsStr, report: &Report) -> Result<Vec<Entry>, Failure> {
        let shape = || {
            Failure::usage("`--suppress` wants RULE:PATH, as in `generic-secret:tests/vectors.rs`")
        };
        let asked = path_text(asked.as_encoded_bytes());
        let (rule, path) = asked.split_once(':').ok_or_else(shape)?;
        let is_meant = |entry: &&Entry| entry.rule() == rule && entry.path() == path;
        let found: Vec<Entry> = report.entries().iter().filter(is_meant).cloned().collect();
        if found.is_empty() {
            let message = "`--suppress`: this scan has no finding of that rule in that path, so nothing was written";
            return Err(Failure::new(message).help(
                "take both from the finding: its code, and its path up to the line; scan the file or \
                 a folder that it is in",
            ));
        }
        Ok(found)
    }
}

fn wrong(error: EntryError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        EntryError::End => failure.help("`--until` wants a date such as 2027-01-31"),
        _ => failure.help("`--reason` wants one line that says why this is no leak"),
    }
}

/// Adds entries to the file, and keeps it sorted. Comments are moved to its beginning.
pub(super) fn write(
    path: &Path,
    entries: Vec<Entry>,
    project: &Project,
    output: &Output,
) -> Result<(), Failure> {
    let shown = project.shown(path);
    let is_new = path.symlink_metadata().is_err();
    let text = if is_new { String::new() } else { project.read(path)? };
    let added = entries.len();
    let merged = Entry::added_to(&text, entries).map_err(|error| Failure::within(&shown, error))?;
    let whole = file::plain(&project.here.join(path));
    file::replace(&project.root, &whole, &merged).map_err(|error| Failure::at(&shown, &error))?;
    let entries = if added == 1 { "1 entry".to_owned() } else { format!("{added} entries") };
    output.note(&format!("{entries} written to {shown}"));
    if is_new {
        output.note(&format!(
            "note: `{shown} merge=union` in .gitattributes makes git merge what two branches add"
        ));
    }
    Ok(())
}
