//! Reads comments that accept a finding in their own or the next line.
//!
//! ```text
//! let seed = "..."; // token-scan:ignore(RULE) the published test vector
//! # token-scan:ignore-next-line(RULE, RULE) only for the test database
//! ```

use std::collections::{BTreeMap, HashMap, HashSet};

use token_policy::Level;
use token_policy::report::{Finding, Place};

use crate::finding::{Lines, to_u32};
use crate::rule::Sort;
use crate::text::slice;

const MARK: &[u8] = b"token-scan:ignore";

/// The signs with which a comment begins.
const OPENERS: &[&[u8]] = &[b"//", b"#", b"--", b"/*", b"<!--", b";", b"*", b"%"];

/// The most bytes of a comment that are read, so that many comments in one line cost little.
const LONGEST: usize = 1024;

/// The comments of a file.
#[derive(Default)]
pub(crate) struct Directives {
    all: Vec<Directive>,
    /// By rule and line, the index of the first comment about them.
    places: HashMap<String, BTreeMap<usize, usize>>,
}

/// One comment that accepts a finding.
pub(crate) struct Directive {
    at: usize,
    /// The number of the line that the comment is about.
    line: usize,
    rules: Vec<String>,
    reason: String,
    used: bool,
    certain: bool,
}

impl Directives {
    /// Finds the comments of a file that accept findings.
    pub(crate) fn of(text: &[u8]) -> Directives {
        let marks = memchr::memmem::find_iter(text, MARK);
        let found: Vec<usize> = marks.filter(|at| is_comment(text, *at)).collect();
        if found.is_empty() {
            return Directives::default();
        }
        let lines = Lines::new(text);
        let mut directives = Directives::default();
        for directive in found.into_iter().filter_map(|at| directive(text, &lines, at)) {
            directives.add(directive);
        }
        directives
    }

    fn add(&mut self, directive: Directive) {
        for rule in &directive.rules {
            let lines = self.places.entry(rule.clone()).or_default();
            lines.entry(directive.line).or_insert(self.all.len());
        }
        self.all.push(directive);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns the first comment about a finding of this rule in these lines.
    pub(crate) fn about(
        &mut self,
        rule: &str,
        first: usize,
        last: usize,
    ) -> Option<&mut Directive> {
        let (_, number) = self.places.get(rule)?.range(first..=last).next()?;
        self.all.get_mut(*number)
    }

    /// Returns the findings about the comments themselves. If `rules` is empty, it is not known which rules there are.
    pub(crate) fn findings(
        &self,
        rules: &HashSet<String>,
        path: &str,
        lines: &Lines<'_>,
    ) -> Vec<Finding> {
        self.all.iter().filter_map(|directive| directive.finding(rules, path, lines)).collect()
    }
}

/// Returns whether a comment begins just before `at`.
fn is_comment(text: &[u8], at: usize) -> bool {
    let before = slice(text, at.saturating_sub(16), at).trim_ascii_end();
    OPENERS.iter().any(|opener| before.ends_with(opener))
}

/// Reads one comment. Returns `None` if the parentheses hold no names of rules, as in a text about such comments.
fn directive(text: &[u8], lines: &Lines<'_>, at: usize) -> Option<Directive> {
    let line = lines.line(at);
    let from = at + MARK.len();
    let rest =
        String::from_utf8_lossy(slice(text, from, lines.range(line).end.min(from + LONGEST)));
    let (next, rest) = match rest.strip_prefix("-next-line") {
        Some(rest) => (true, rest),
        None => (false, &*rest),
    };
    let (rules, reason) = rest.strip_prefix('(')?.split_once(')')?;
    let rules: Vec<String> = rules.split(',').map(|rule| rule.trim().to_owned()).collect();
    if !rules.iter().all(|rule| token_policy::kind_name::is_valid(rule)) {
        return None;
    }
    let reason = reason.trim().trim_end_matches("*/").trim_end_matches("-->");
    Some(Directive {
        at,
        line: if next { line + 1 } else { line },
        rules,
        reason: if reason.chars().any(char::is_alphanumeric) {
            reason.trim().to_owned()
        } else {
            String::new()
        },
        used: false,
        certain: false,
    })
}

impl Directive {
    pub(crate) fn met(&mut self, sort: Sort) {
        self.used = true;
        self.certain |= sort == Sort::Certain;
    }

    /// Returns the reason, which is empty if the comment gives none.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the finding about the comment itself, or `None` if nothing is wrong with it.
    fn finding(&self, rules: &HashSet<String>, path: &str, lines: &Lines<'_>) -> Option<Finding> {
        // A scan without rules knows neither which rules exist nor what they would find.
        let is_bare = rules.is_empty();
        let known = |id: &String| is_bare || rules.contains(id);
        let (code, level, message, fix) = if !self.rules.iter().all(known) {
            (
                "suppression-unknown-rule",
                Level::Warn,
                "this comment names a rule that there is not",
                "correct the name",
            )
        } else if self.certain {
            (
                "suppression-of-certain",
                Level::Deny,
                "a comment cannot suppress what is certain",
                "remove the token, or write an entry with an end into the file of suppressions",
            )
        } else if self.reason.is_empty() {
            (
                "suppression-without-reason",
                Level::Deny,
                "this suppression gives no reason",
                "write the reason after the parentheses",
            )
        } else if !self.used && !is_bare {
            (
                "suppression-unused",
                Level::Warn,
                "this comment suppresses nothing",
                "remove the comment",
            )
        } else {
            return None;
        };
        let line = lines.line(self.at);
        let column = lines.column(self.at);
        let place = Place::new(path, to_u32(line), to_u32(column));
        Some(Finding::new(code, level, message).at(place).fix(fix))
    }
}
