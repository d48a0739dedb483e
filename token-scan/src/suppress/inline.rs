//! Reads comments that accept a finding in their own or the next line.
//!
//! ```text
//! let seed = "..."; // token-scan:ignore(RULE) the published test vector
//! # token-scan:ignore-next-line(RULE, RULE) only for the test database
//! ```

use token_policy::Level;
use token_policy::report::{Finding, Place};

use crate::finding::{KNOWN, Lines, OWN, to_u32};
use crate::rule::{Certainty, Rule};
use crate::text::slice;

const MARK: &[u8] = b"token-scan:ignore";

/// The signs with which a comment begins.
const OPENERS: &[&[u8]] = &[b"//", b"#", b"--", b"/*", b"<!--", b";", b"*", b"%"];

/// One comment that accepts a finding.
pub(crate) struct Directive {
    at: usize,
    /// The number of the line that the comment is about.
    line: usize,
    rules: Vec<String>,
    reason: bool,
    used: bool,
    certain: bool,
}

/// Returns the comments of a file that accept findings.
pub(crate) fn directives(text: &[u8]) -> Vec<Directive> {
    let marks = memchr::memmem::find_iter(text, MARK);
    let found: Vec<usize> = marks.filter(|at| is_comment(text, *at)).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(text);
    found.into_iter().filter_map(|at| directive(text, &lines, at)).collect()
}

/// Returns whether a comment begins just before `at`.
fn is_comment(text: &[u8], at: usize) -> bool {
    let before = slice(text, at.saturating_sub(16), at).trim_ascii_end();
    OPENERS.iter().any(|opener| before.ends_with(opener))
}

/// Reads one comment. Returns `None` if the parentheses hold no names of rules, as in a text about such comments.
fn directive(text: &[u8], lines: &Lines<'_>, at: usize) -> Option<Directive> {
    let line = lines.line(at);
    let rest = slice(text, at + MARK.len(), lines.range(line).end);
    let rest = std::str::from_utf8(rest).ok()?;
    let (next, rest) = match rest.strip_prefix("-next-line") {
        Some(rest) => (true, rest),
        None => (false, rest),
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
        reason: reason.chars().any(char::is_alphanumeric),
        used: false,
        certain: false,
    })
}

impl Directive {
    /// Returns whether the comment is about a finding of this rule in these lines.
    pub(crate) fn covers(&self, rule: &str, first: usize, last: usize) -> bool {
        (first..=last).contains(&self.line) && self.rules.iter().any(|known| known == rule)
    }

    pub(crate) fn met(&mut self, certainty: Certainty) {
        self.used = true;
        self.certain |= certainty == Certainty::Certain;
    }

    pub(crate) fn has_reason(&self) -> bool {
        self.reason
    }

    /// Returns the finding about the comment itself, or `None` if nothing is wrong with it.
    pub(crate) fn finding(&self, rules: &[Rule], path: &str, lines: &Lines<'_>) -> Option<Finding> {
        // A scan without rules knows neither which rules exist nor what they would find.
        let is_bare = rules.is_empty();
        let has = |id: &str| id == OWN || id == KNOWN || rules.iter().any(|rule| rule.id() == id);
        let known = |id: &String| is_bare || has(id);
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
        } else if !self.reason {
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
