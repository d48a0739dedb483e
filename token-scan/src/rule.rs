//! Defines rules: what the scanner looks for, as data.

mod builtin;
mod gitleaks;
mod read;

use std::fmt;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

pub(crate) use self::builtin::{builtin, certain};
pub(crate) use self::gitleaks::read as read_gitleaks;
pub(crate) use self::read::{Form, form, read};
use crate::checksum::Checksum;

/// The sort of a rule's findings: how sure they are.
///
/// The sorts are ordered: each is less sure than the one before. What a finding does to the run is its
/// [`Level`](crate::Level), which [`Scan::level`](crate::Scan::level) and the policy can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A checksum holds, or the text was read as a private key that is not encrypted. By default such findings have
    /// [`Level::Deny`](crate::Level::Deny).
    Certain,
    /// The text has an issuer's own prefix, length and alphabet, and looks drawn at random. Of a million lines without
    /// secrets at most one has such a text by chance. By default such findings have [`Level::Deny`](crate::Level::Deny).
    Specific,
    /// The text was judged by its name, or has a form that other texts have too. By default such findings have
    /// [`Level::Warn`](crate::Level::Warn).
    Guess,
}

impl Sort {
    /// Returns the word for the sort in rules and policies: `certain`, `specific` or `guess`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sort::Certain => "certain",
            Sort::Specific => "specific",
            Sort::Guess => "guess",
        }
    }

    /// All sorts, the surest first.
    pub const ALL: [Sort; 3] = [Sort::Certain, Sort::Specific, Sort::Guess];
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One rule: one sort of token that the scanner looks for.
///
/// Rules come from TOML; see [`Scan::rules`](crate::Scan::rules).
#[derive(Debug)]
pub struct Rule {
    pub(crate) id: String,
    pub(crate) description: String,
    pub(crate) source: Option<String>,
    pub(crate) sort: Sort,
    pub(crate) keywords: Vec<String>,
    /// Whether the keywords are found in any case.
    pub(crate) any_case: bool,
    pub(crate) pattern: String,
    pub(crate) compiled: OnceLock<Option<Regex>>,
    pub(crate) checksum: Option<Checksum>,
    /// The least entropy of a token, in bits per character.
    pub(crate) entropy: f64,
    /// How many bytes before its keyword a match may begin. If it is 0, the match begins with the keyword.
    pub(crate) before: usize,
    /// How many bytes after the beginning of its keyword a match may end.
    pub(crate) after: usize,
    /// Whether the rule judges any value that is assigned to a name, instead of matching a pattern.
    pub(crate) assignment: bool,
    /// Whether placeholders, templates and names are refused.
    pub(crate) judged: bool,
    pub(crate) rank: Rank,
    /// The least bytes of a value that is assigned; 0 if the judge alone decides.
    pub(crate) least: usize,
    /// Texts near which a token is public by design.
    pub(crate) unless_near: Vec<String>,
    /// Matches the paths of the files that the rule is for; `None` if it is for all files.
    pub(crate) only: Option<Regex>,
    /// The patterns of texts that are no findings.
    pub(crate) refuse: Vec<Regex>,
    pub(crate) examples: Vec<String>,
    pub(crate) counterexamples: Vec<String>,
}

/// Decides which of two rules that find the same bytes is reported: the one that knows more, which is the one with the
/// lesser rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Own,
    Checked,
    Issuer,
    Assigned,
    User,
    Generic,
}

impl Rule {
    /// Returns the rule's name in findings and suppressions.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what the rule finds, in words.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns where the issuer documents the format, or `None` if the rule doesn't say.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Returns how sure the rule's findings are.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Returns texts in which the rule finds a token. They are its tests.
    pub fn examples(&self) -> &[String] {
        &self.examples
    }

    /// Returns texts in which the rule must find nothing. They are its tests, too.
    pub fn counterexamples(&self) -> &[String] {
        &self.counterexamples
    }

    /// Returns whether the rule is for the file at `path`.
    pub(crate) fn is_about(&self, path: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(path.as_bytes()))
    }

    /// Returns how many bytes at the beginning of a token are the rule's keyword, which its issuer publishes.
    pub(crate) fn public_bytes(&self, token: &[u8]) -> usize {
        if !matches!(self.rank, Rank::Checked | Rank::Issuer) {
            return 0; // The keywords of other rules are names, not beginnings of tokens.
        }
        let begins = |keyword: &&String| token.starts_with(keyword.as_bytes());
        self.keywords.iter().filter(begins).map(String::len).max().unwrap_or(0)
    }

    /// Returns whether the token is all that the rule's pattern matches.
    pub(crate) fn is_whole(&self) -> bool {
        !self.pattern.contains("(?P<token>") && self.rank != Rank::User
    }

    /// Returns the pattern, which is compiled at its first use, since most rules are never needed in a run. Returns
    /// `None` if the pattern is no regular expression.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }
}

/// Compiles a pattern over bytes, in which `\w` and the like mean ASCII.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(1 << 24).dfa_size_limit(1 << 21).build()
}
