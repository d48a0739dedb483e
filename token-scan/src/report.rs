//! Holds what a scan found.

mod skipped;

use std::collections::BTreeMap;
use std::fmt;

use token_policy::Level;
use token_policy::report::{self, Finding, Notice};

pub use self::skipped::{Skipped, Why, notice_explanations};

/// Holds what a scan found, in the order of files, lines and columns.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(crate) findings: Vec<Finding>,
    pub(crate) skipped: Vec<Skipped>,
    /// How many archives of each format were not opened.
    pub(crate) archives: BTreeMap<&'static str, usize>,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) accepted: Vec<Finding>,
    pub(crate) entries: Vec<crate::suppress::Entry>,
}

impl Report {
    /// Returns the findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the files that were not searched, or not all of them.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Returns notices about what was not searched: one for each [skipped](Report::skipped) file, and one for all
    /// archives, which are not opened.
    ///
    /// If a notice has [`Level::Deny`], the report doesn't prove that there is no token.
    pub fn notices(&self) -> Vec<Notice> {
        let archives = self.archives.iter().map(|(format, number)| (*format, *number));
        let skipped = self.skipped.iter().map(Skipped::notice);
        skipped.chain(skipped::archives(archives)).collect()
    }

    /// Returns how many files were searched.
    pub fn files(&self) -> usize {
        self.files
    }

    /// Returns how many bytes the searched files have.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns how many findings were suppressed.
    pub fn suppressed(&self) -> usize {
        self.accepted.len()
    }

    /// Returns the findings that were suppressed, each with the [reason](token_policy::report::Accepted).
    pub fn accepted(&self) -> &[Finding] {
        &self.accepted
    }

    /// Returns whether there is a finding with [`Level::Deny`].
    pub fn has_denied(&self) -> bool {
        self.findings.iter().any(|finding| finding.level() == Level::Deny)
    }

    /// Returns for each finding of a token an entry that would suppress it. A human must add the reason and the end.
    pub fn entries(&self) -> &[crate::suppress::Entry] {
        &self.entries
    }

    /// Returns the report if it has no findings and no [`notices`](Report::notices) with [`Level::Deny`].
    ///
    /// # Errors
    ///
    /// The error holds the findings, whatever their levels, and the notices with [`Level::Deny`].
    pub fn into_result(self) -> Result<Report, Leaks> {
        self.unless(|_| true)
    }

    /// Returns the report if it has no findings and no [`notices`](Report::notices) with [`Level::Deny`]. It may
    /// have findings with [`Level::Warn`].
    ///
    /// # Errors
    ///
    /// The error holds the findings and notices with [`Level::Deny`].
    pub fn without_denied(self) -> Result<Report, Leaks> {
        self.unless(|finding| finding.level() == Level::Deny)
    }

    fn unless(self, counts: impl Fn(&Finding) -> bool) -> Result<Report, Leaks> {
        let findings: Vec<Finding> =
            self.findings.iter().filter(|finding| counts(finding)).cloned().collect();
        let mut notices = self.notices();
        notices.retain(|notice| notice.level() == Level::Deny);
        if findings.is_empty() && notices.is_empty() {
            Ok(self)
        } else {
            Err(Leaks { findings, notices })
        }
    }

    /// Returns one report with the results of both.
    pub fn merge(mut self, other: Report) -> Report {
        self.add(other);
        self.sort();
        self
    }

    pub(crate) fn add(&mut self, other: Report) {
        self.findings.extend(other.findings);
        self.skipped.extend(other.skipped);
        self.entries.extend(other.entries);
        for (format, number) in other.archives {
            *self.archives.entry(format).or_default() += number;
        }
        self.files += other.files;
        self.bytes += other.bytes;
        self.accepted.extend(other.accepted);
    }

    pub(crate) fn sort(&mut self) {
        let key = |finding: &Finding| {
            (finding.place().cloned(), finding.code().to_owned(), finding.message().to_owned())
        };
        self.findings.sort_by_cached_key(key);
        self.findings.dedup();
        self.accepted.sort_by_cached_key(key);
        self.skipped.sort();
        self.entries.sort();
        self.entries.dedup();
    }
}

/// The error that holds findings, and notices about what could not be searched. `Display` and `Debug` show the findings
/// as [`token_policy::report::text`] does, and each notice on a line.
#[derive(Clone)]
pub struct Leaks {
    findings: Vec<Finding>,
    notices: Vec<Notice>,
}

impl Leaks {
    /// Returns the findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the notices with [`Level::Deny`].
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} found by the token scan:\n", count(self.findings.len()))?;
        report::text(&self.findings, f)?;
        self.notices.iter().try_for_each(|notice| writeln!(f, "error[{}]: {notice}", notice.code()))
    }
}

fn count(number: usize) -> String {
    match number {
        0 => "Nothing was".to_owned(),
        1 => "1 thing was".to_owned(),
        _ => format!("{number} things were"),
    }
}

impl fmt::Debug for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Leaks {}
