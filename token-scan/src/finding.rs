//! Makes findings out of hits.

use std::cell::Cell;
use std::ops::Range;

use token_policy::Level;
use token_policy::format;
use token_policy::guess::is_guessable;
use token_policy::report::{Finding, Place};

use crate::engine::{Engine, Hit, Which};
use crate::excerpt::Excerpts;
use crate::levels::Levels;
use crate::rule::{Rank, Sort};

/// The code of a finding of the project's own format.
pub(crate) const OWN: &str = "own-token";
/// The code of a finding of a token whose id is known.
pub(crate) const KNOWN: &str = "known-token";

/// The name of the fact that is a token's id, in the findings of tokens of our own format: 32 hexadecimal digits, as token-core's `TokenId`
/// has them.
pub const TOKEN_ID: &str = "id";

/// A token kind of the policy.
pub(crate) struct Kind {
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
}

/// Holds what the names in findings come from.
#[derive(Clone, Copy)]
pub(crate) struct Names<'s> {
    pub(crate) engine: &'s Engine,
    /// For each prefix, by its number, the token kind; `None` if the policy has no kind with this prefix.
    pub(crate) kinds: &'s [Option<Kind>],
    pub(crate) levels: &'s Levels,
}

impl<'s> Names<'s> {
    fn kind(self, prefix: usize) -> Option<&'s Kind> {
        self.kinds.get(prefix)?.as_ref()
    }
}

/// Knows where the lines of a text begin.
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
    /// The place up to which characters were counted last: where its line begins, the place itself, and the number of
    /// characters between.
    counted: Cell<(usize, usize, usize)>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Lines<'t> {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Lines { text, starts: starts.collect(), counted: Cell::default() }
    }

    pub(crate) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Returns the number of the line that contains a byte, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Returns the range of a line's bytes, without its line feed.
    pub(crate) fn range(&self, line: usize) -> Range<usize> {
        let start =
            line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(0);
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let end = if self.text.get(end.wrapping_sub(1)) == Some(&b'\r') { end - 1 } else { end };
        start..end.max(start)
    }

    /// Returns the column of a byte, from 1. Counting goes on from the last place in the same line, so that many
    /// findings in one line cost little.
    pub(crate) fn column(&self, at: usize) -> usize {
        let start = self.range(self.line(at)).start;
        let (of, from, before) = self.counted.get();
        let (from, before) = if of == start && from <= at { (from, before) } else { (start, 0) };
        let characters = before + self.characters(from..at);
        self.counted.set((start, at, characters));
        characters + 1
    }

    /// Returns how many characters a range of bytes has. UTF-8 continuation bytes and a byte order mark are not
    /// counted.
    pub(crate) fn characters(&self, range: Range<usize>) -> usize {
        let bytes = self.text.get(range).unwrap_or_default();
        let marked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        marked.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
    }
}

/// Makes the findings of one text. In `path` the tokens must already be masked. Without `excerpts`, no line is shown.
pub(crate) fn findings(
    names: Names<'_>,
    path: &str,
    lines: &Lines<'_>,
    hits: &[Hit],
    excerpts: Option<&Excerpts<'_>>,
) -> Vec<Finding> {
    hits.iter().map(|hit| finding(names, path, lines, hit, excerpts)).collect()
}

/// Makes the finding of a token in the name of a file.
pub(crate) fn in_name(names: Names<'_>, path: &str, hit: &Hit) -> Finding {
    let finding = Finding::new(
        code(names, hit.which).to_owned(),
        level(names, hit),
        "the name of this file has a token in it",
    );
    let finding = with_id(hit, with_policy(names, hit, finding.at(Place::new(path, 1, 1))));
    finding.fact("token", shape(hit)).fix(fix(hit)).fingerprint(fingerprint(path, hit))
}

fn finding(
    names: Names<'_>,
    path: &str,
    lines: &Lines<'_>,
    hit: &Hit,
    excerpts: Option<&Excerpts<'_>>,
) -> Finding {
    let line = lines.line(hit.start);
    let range = lines.range(line);
    let column = lines.column(hit.start);
    let length = lines.characters(hit.start..(hit.last + 1).min(range.end)).max(1);
    let place = Place::new(path, to_u32(line), to_u32(column)).length(to_u32(length));
    let code = code(names, hit.which).to_owned();
    let mut finding = Finding::new(code, level(names, hit), message(names, hit)).at(place);
    if let Some(excerpt) = excerpts.and_then(|excerpts| excerpts.line(line)) {
        finding = finding.excerpt(excerpt);
    }
    finding = with_id(hit, with_policy(names, hit, finding));
    finding.fact("token", shape(hit)).fix(fix(hit)).fingerprint(fingerprint(path, hit))
}

/// Returns the code of a finding: the name of the rule, or `own-token` or `known-token`.
pub(crate) fn code<'s>(names: Names<'s>, which: Which) -> &'s str {
    match which {
        Which::Known => KNOWN,
        Which::Own(_) => OWN,
        Which::Rule(number) => names.engine.rule(number).map_or("", |rule| rule.id()),
    }
}

/// Returns what a finding of this hit does to the run.
pub(crate) fn level(names: Names<'_>, hit: &Hit) -> Level {
    names.levels.of(hit.sort, code(names, hit.which))
}

fn message(names: Names<'_>, hit: &Hit) -> String {
    match hit.which {
        Which::Known => "a live token is written here: its id is known".to_owned(),
        Which::Own(number) => match names.kind(number) {
            Some(kind) => format!("a token of kind `{}` is written here", kind.name),
            None => "a token of our own format is written here".to_owned(),
        },
        Which::Rule(number) => {
            let what = names.engine.rule(number).map_or("", |rule| rule.description());
            match hit.sort {
                Sort::Certain => format!("{what} is written here"),
                Sort::Specific => format!("this has the form of: {what}"),
                Sort::Guess => format!("this looks like: {what}"),
            }
        }
    }
}

/// Adds the id of a token of our own format, by which it can be revoked. It is made of all bytes of the token, whose checksum is right:
/// nothing else that stands in a file leads to an id. A token that an issuer of ours made cannot be guessed, so its id says nothing of
/// it.
fn with_id(hit: &Hit, finding: Finding) -> Finding {
    let is_own =
        matches!(hit.which, Which::Own(_) | Which::Known) && format::check(&hit.value).is_ok();
    match is_own && !is_guessable(&hit.value) {
        true => finding.fact(TOKEN_ID, crate::known::digits(&crate::known::id(&hit.value))),
        false => finding,
    }
}

/// Adds the kind and its owner to the finding, if the policy has them.
fn with_policy(names: Names<'_>, hit: &Hit, finding: Finding) -> Finding {
    let Which::Own(number) = hit.which else { return finding };
    let Some(kind) = names.kind(number) else { return finding };
    let finding = finding.fact("kind", kind.name.as_str());
    match &kind.owner {
        Some(owner) => finding.fact("owner", owner.as_str()),
        None => finding,
    }
}

/// Describes a token without showing it: by its length, and by its first four bytes if all tokens of its sort begin
/// with them.
fn shape(hit: &Hit) -> String {
    let shown = match hit.rank {
        Rank::Own | Rank::Checked | Rank::Issuer => 4,
        Rank::Assigned | Rank::User | Rank::Generic => 0,
    };
    let head = hit.value.get(..shown).unwrap_or_default();
    let head = if head.iter().all(u8::is_ascii_alphanumeric) || head.contains(&b'_') {
        String::from_utf8_lossy(head)
    } else {
        "".into()
    };
    format!("{head}... ({} bytes)", hit.value.len())
}

fn fix(hit: &Hit) -> &'static str {
    match hit.sort {
        Sort::Certain => {
            "revoke the token first, it is no secret any more; then load it from outside the sources"
        }
        Sort::Specific => {
            "revoke the token first, it is no secret any more; if it never was one, say so with `token-scan:ignore` and a reason"
        }
        Sort::Guess => {
            "if it is a token, revoke it and load it from outside the sources; if not, say so with `token-scan:ignore` and a reason"
        }
    }
}

/// Returns the fingerprint of a finding. A value that could be guessed is left out of it, and so are those of generic and
/// users' rules: whoever sees the report could hash guesses and compare.
fn fingerprint(path: &str, hit: &Hit) -> String {
    let mut hash = hmac_sha256::Hash::new();
    hash.update(path);
    if hit.rank < Rank::User && !is_guessable(&hit.value) {
        hash.update([0]);
        hash.update(crate::known::id(&hit.value));
    }
    let digest = hash.finalize();
    crate::known::digits(digest.get(..16).unwrap_or_default())
}

pub(crate) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, rank: Rank, value: &str) -> String {
        let hit = Hit {
            which: Which::Known,
            rank,
            sort: Sort::Guess,
            start: 0,
            last: 0,
            value: value.into(),
            public: 0,
        };
        fingerprint(path, &hit)
    }

    /// Whoever sees a report could hash guesses and compare.
    #[test]
    fn a_fingerprint_confirms_no_guess() {
        let drawn = ["4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD", "9LgD4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn"];
        let guessed = ["Summer2024!Summer2024!", "correct-horse-battery-staple", "12345678", ""];
        let none = of("a", Rank::Generic, "");
        for rank in [Rank::Own, Rank::Checked, Rank::Issuer, Rank::Assigned] {
            for value in guessed {
                assert_eq!(of("a", rank, value), none, "{value}");
            }
            // What is drawn at random tells two findings apart.
            assert_ne!(of("a", rank, drawn[0]), of("a", rank, drawn[1]));
            assert!(drawn.iter().all(|value| of("a", rank, value) != none));
        }
        for rank in [Rank::User, Rank::Generic] {
            assert!(drawn.iter().chain(&guessed).all(|value| of("a", rank, value) == none));
        }
        assert_ne!(of("b", Rank::Own, drawn[0]), of("a", Rank::Own, drawn[0]));
        assert_ne!(of("b", Rank::Generic, ""), none);
        assert!(none.len() == 32 && none.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
