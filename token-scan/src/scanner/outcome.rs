//! What one file comes to: findings, less those that are suppressed.

use std::ops::RangeInclusive;

use token_policy::report::Finding;

use super::{DECODED, Found, Scanner, Work};
use crate::decode;
use crate::engine::Hit;
use crate::finding::{self, Lines};
use crate::mask;
use crate::report::Report;
use crate::rule::{Certainty, Rank};
use crate::suppress::{Entry, inline};
use crate::text::Text;
use crate::{Skipped, Why};

/// What one file comes to.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) report: Report,
    /// The numbers of the entries that suppressed something.
    pub(crate) used: Vec<usize>,
}

impl Scanner {
    /// Scans one file. With `added`, only what touches these lines counts.
    pub(crate) fn file(
        &self,
        path: &str,
        bytes: &[u8],
        added: Option<&[RangeInclusive<usize>]>,
        work: &mut Work,
    ) -> Outcome {
        let Found { text, mut hits, all, is_binary } = self.found(path, bytes, work);
        let mut outcome = Outcome::default();
        outcome.report.files = 1;
        outcome.report.bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if let Some(progress) = &self.settings.progress {
            progress.add(outcome.report.bytes);
        }
        if decode::is_gzip(bytes) && text.len() >= DECODED {
            let path = self.without_tokens(path.to_owned(), work);
            outcome.report.skipped.push(Skipped { path, why: Why::Decompressed });
        }
        let mut directives = inline::directives(&text);
        let named = self.named(path, work);
        if hits.is_empty() && named.is_empty() && directives.is_empty() {
            return outcome;
        }
        let lines = Lines::new(&text);
        // Of what is compressed git knows no lines.
        let changed = added.filter(|_| !decode::is_gzip(bytes));
        hits.retain(|hit| is_added(changed, &lines, hit));
        let values: Vec<&[u8]> = all.iter().chain(&named).map(|hit| hit.value.as_slice()).collect();
        let shown = mask::without(path, &values);
        let certain = named.iter().filter(|hit| hit.certainty == Certainty::Certain);
        outcome
            .report
            .findings
            .extend(certain.map(|hit| finding::in_name(self.names(), &shown, hit)));
        // In a binary file not everything is looked for, so nothing of it is shown.
        let told =
            finding::findings(self.names(), &shown, &lines, &hits, (!is_binary).then_some(&*all));
        for (hit, told) in hits.iter().zip(told) {
            self.tell(path, &lines, hit, told, &mut directives, &mut outcome);
        }
        if shown != path {
            // An entry would show the token in its path.
            outcome.report.entries.clear();
        }
        if added.is_none() {
            let wrong = directives
                .iter()
                .filter_map(|directive| directive.finding(self.rules(), &shown, &lines));
            outcome.report.findings.extend(wrong);
        }
        outcome
    }

    /// What has a format of its own in the name of a file.
    fn named(&self, path: &str, work: &mut Work) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.engine.scan(Text::file(path.as_bytes()), false, &mut work.scratch, &mut hits);
        hits.retain(|hit| hit.rank <= Rank::Issuer);
        hits
    }

    /// A path to be shown.
    pub(crate) fn without_tokens(&self, path: String, work: &mut Work) -> String {
        let named = self.named(&path, work);
        let values: Vec<&[u8]> = named.iter().map(|hit| hit.value.as_slice()).collect();
        if values.is_empty() { path } else { mask::without(&path, &values) }
    }

    /// Adds a finding, unless a comment or an entry suppresses it.
    fn tell(
        &self,
        path: &str,
        lines: &Lines<'_>,
        hit: &Hit,
        told: Finding,
        directives: &mut [inline::Directive],
        outcome: &mut Outcome,
    ) {
        let rule = finding::code(self.names(), hit.which);
        let used = self.suppressions.matching(rule, path, &hit.value);
        if !used.is_empty() {
            outcome.used.extend(used);
            outcome.report.suppressed += 1;
            return;
        }
        let (first, last) = (lines.line(hit.start), lines.line(hit.last));
        let mut inline =
            directives.iter_mut().filter(|directive| directive.covers(rule, first, last));
        if let Some(directive) = inline.next() {
            directive.met(hit.certainty);
            if hit.certainty == Certainty::Heuristic && directive.has_reason() {
                outcome.report.suppressed += 1;
                return;
            }
        }
        outcome.report.entries.push(Entry::new(rule, path, &hit.value));
        outcome.report.findings.push(told);
    }
}

fn is_added(added: Option<&[RangeInclusive<usize>]>, lines: &Lines<'_>, hit: &Hit) -> bool {
    let Some(added) = added else { return true };
    let (first, last) = (lines.line(hit.start), lines.line(hit.last));
    added.iter().any(|range| *range.start() <= last && first <= *range.end())
}

impl Outcome {
    pub(crate) fn add(&mut self, other: Outcome) {
        self.used.extend(other.used);
        let report = &mut self.report;
        report.findings.extend(other.report.findings);
        report.skipped.extend(other.report.skipped);
        report.entries.extend(other.report.entries);
        report.files += other.report.files;
        report.bytes += other.report.bytes;
        report.suppressed += other.report.suppressed;
    }
}
