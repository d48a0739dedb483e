//! Computes the result of one file: its findings, without those that are suppressed.

use std::ops::Range;

use token_policy::Level;
use token_policy::report::{Accepted, Finding};

use super::{Found, Scanner, Work};
use crate::added::Added;
use crate::decode;
use crate::engine::Hit;
use crate::excerpt::Excerpts;
use crate::finding::{self, Lines};
use crate::mask;
use crate::own;
use crate::report::Report;
use crate::rule::Sort;
use crate::suppress::inline::Directives;
use crate::suppress::{Entry, new_salt};
use crate::{Skipped, Why};

/// Holds the result of one file, or of several together.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) report: Report,
    /// The indices of the entries of the file of suppressions that suppressed something.
    pub(crate) used: Vec<usize>,
}

impl Scanner {
    /// Scans one file. If `added` is given, only findings that touch one of the lines that it returns count. It is
    /// called only if there are findings.
    pub(crate) fn file(
        &self,
        path: &str,
        bytes: &[u8],
        added: Option<&mut dyn FnMut() -> Added>,
        work: &mut Work,
    ) -> Outcome {
        let (mut found, raw) = self.found(path, bytes, work);
        let mut outcome = Outcome::default();
        outcome.report.files = 1;
        outcome.report.bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if let Some(progress) = &self.settings.progress {
            progress.add(outcome.report.bytes);
        }
        if let Some(format) = decode::archive(bytes) {
            outcome.report.archives.insert(format, 1);
        }
        if let Some(why) = found.why.take() {
            let path = self.without_tokens(path, work);
            outcome.report.skipped.push(Skipped { path, why });
        }
        let mut directives = Directives::of(&found.text);
        let named = self.certain(path, work);
        if found.hits.is_empty() && raw.is_none() && named.is_empty() && directives.is_empty() {
            return outcome;
        }
        let everywhere = added.is_none();
        let added = added.map(|added| added());
        let shown = shown(path, &named);
        outcome.report.findings.extend(self.in_name(&shown, &named));
        let changed = added.as_ref().filter(|_| has_its_lines(bytes, &found.text));
        let paths = Paths { real: path, shown: &shown };
        self.tell_all(paths, found, changed, &mut directives, everywhere, &mut outcome);
        if let Some(raw) = raw {
            // No comment accepts what is certain.
            self.tell_all(
                paths,
                raw,
                added.as_ref(),
                &mut Directives::default(),
                false,
                &mut outcome,
            );
        }
        if shown != path {
            // An entry has the file's path, and so would show the token in it.
            outcome.report.entries.clear();
        }
        outcome
    }

    /// Adds what was found in one reading of a file.
    fn tell_all(
        &self,
        paths: Paths<'_>,
        found: Found<'_>,
        changed: Option<&Added>,
        directives: &mut Directives,
        everywhere: bool,
        outcome: &mut Outcome,
    ) {
        let Found { text, mut hits, all, is_binary, .. } = found;
        let lines = Lines::new(&text);
        hits.retain(|hit| is_added(changed, &lines, hit) && self.level(hit) > Level::Allow);
        // A binary file is searched only for certain tokens, but may have others. So none of its lines is shown.
        let excerpts = (!is_binary).then(|| Excerpts::new(&self.engine, &lines, &all));
        let told = finding::findings(self.names(), paths.shown, &lines, &hits, excerpts.as_ref());
        for (hit, told) in hits.iter().zip(told) {
            self.tell(paths.real, &lines, hit, told, directives, outcome);
        }
        if everywhere {
            let wrong = directives.findings(&self.rule_names, paths.shown, &lines);
            outcome.report.findings.extend(wrong);
        }
    }

    /// Returns lines of a text as excerpts show them.
    pub(crate) fn lines_of(
        &self,
        path: &str,
        bytes: &[u8],
        numbers: &[u32],
        work: &mut Work,
    ) -> Vec<Option<String>> {
        let Found { text, all, .. } = self.found(path, bytes, work).0;
        let lines = Lines::new(&text);
        let excerpts = Excerpts::new(&self.engine, &lines, &all);
        let line = |number: &u32| excerpts.line(usize::try_from(*number).ok()?);
        numbers.iter().map(line).collect()
    }

    fn level(&self, hit: &Hit) -> Level {
        finding::level(self.names(), hit)
    }

    /// Makes the findings about tokens in the name of a file.
    fn in_name(&self, shown: &str, named: &[Hit]) -> impl Iterator<Item = Finding> {
        named
            .iter()
            .filter(|hit| self.level(hit) > Level::Allow)
            .map(move |hit| finding::in_name(self.names(), shown, hit))
    }

    /// Returns the result of a file that is not searched. Only its name was searched.
    pub(crate) fn unsearched(&self, path: &str, why: Why, work: &mut Work) -> Outcome {
        let named = self.certain(path, work);
        let path = shown(path, &named);
        let mut outcome = Outcome::default();
        outcome.report.findings.extend(self.in_name(&path, &named));
        outcome.report.skipped.push(Skipped { path, why });
        outcome
    }

    /// Returns a path with the tokens in it masked, so that it can be shown.
    pub(crate) fn without_tokens(&self, path: &str, work: &mut Work) -> String {
        shown(path, &self.certain(path, work))
    }

    /// Adds a finding, unless a comment or an entry suppresses it.
    fn tell(
        &self,
        path: &str,
        lines: &Lines<'_>,
        hit: &Hit,
        told: Finding,
        directives: &mut Directives,
        outcome: &mut Outcome,
    ) {
        let rule = finding::code(self.names(), hit.which);
        let used = self.suppressions.matching(rule, path, &hit.value);
        if let Some(first) = used.first() {
            outcome.accept(told, false, self.suppressions.reason(*first));
            outcome.used.extend(used);
            return;
        }
        let (first, last) = (lines.line(hit.start), lines.line(hit.last));
        if let Some(directive) = directives.about(rule, first, last) {
            directive.met(hit.sort);
            if hit.sort != Sort::Certain && !directive.reason().is_empty() {
                outcome.accept(told, true, directive.reason());
                return;
            }
        }
        let known = self.suppressions.key(rule, path).map(str::to_owned);
        let salt = known.unwrap_or_else(|| new_salt(&self.secret, rule, path));
        outcome.report.entries.push(Entry::new(&salt, rule, path, &hit.value));
        outcome.report.findings.push(told);
    }
}

/// Returns a path with its tokens masked. Nothing else in a path is masked, so that a finding has its place: not even
/// what agrees with a part of a token elsewhere.
fn shown(path: &str, named: &[Hit]) -> String {
    let named = named.iter().map(|hit| hit.start..hit.last + 1);
    let hidden: Vec<Range<usize>> = named.chain(own::tokens(path.as_bytes())).collect();
    mask::ranges(path, &hidden)
}

/// The path of a file, and the same with the tokens in it masked.
#[derive(Clone, Copy)]
struct Paths<'p> {
    real: &'p str,
    shown: &'p str,
}

/// Returns whether git's line numbers are right for `text`. git counts line feeds in the bytes of the file. So its
/// numbers are wrong in compressed files, and in UTF-16 if a byte of some character is a line feed.
fn has_its_lines(bytes: &[u8], text: &[u8]) -> bool {
    let lines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    !decode::is_gzip(bytes) && (std::ptr::eq(bytes, text) || lines(bytes) == lines(text))
}

fn is_added(added: Option<&Added>, lines: &Lines<'_>, hit: &Hit) -> bool {
    added.is_none_or(|added| added.touches(lines.line(hit.start), lines.line(hit.last)))
}

impl Outcome {
    fn accept(&mut self, told: Finding, in_source: bool, reason: &str) {
        let reason = reason.to_owned();
        self.report.accepted.push(told.accepted(Accepted { in_source, reason }));
    }

    pub(crate) fn add(&mut self, other: Outcome) {
        self.used.extend(other.used);
        self.report.add(other.report);
    }
}
