//! Reads a user's `gitleaks.toml` as rules that guess.
//!
//! Of a rule these keys are understood: `id`, `description`, `regex`, `keywords`, `entropy`, `secretGroup` and `path`.
//! Of the allow lists of a rule or of the file, these are: `regexes` and `stopwords`. `[extend]` is not followed.

use std::sync::OnceLock;

use regex::bytes::Regex;
use toml::de::{DeTable, DeValue};

use super::read::{Entry, line};
use super::{Rank, Rule, Sort, compile};
use crate::Error;

/// How many bytes before and after a keyword a rule of gitleaks is matched against.
const AROUND: usize = 512;

/// Reads the rules of a gitleaks configuration.
pub(crate) fn read(text: &str) -> Result<Vec<Rule>, Error> {
    let root = DeTable::parse(text).map_err(|error| Error::rules(line(text, &error)))?;
    let shared = allowed(text, root.get_ref())?;
    let Some(DeValue::Array(rules)) = root.get_ref().get("rules").map(toml::Spanned::get_ref)
    else {
        return Ok(Vec::new());
    };
    let entries = rules.iter().map(|rule| Entry::of(text, rule));
    entries.filter_map(|entry| rule(text, &entry, &shared).transpose()).collect()
}

/// Returns the patterns that the file allows in all rules.
fn allowed(text: &str, root: &DeTable<'_>) -> Result<Vec<Regex>, Error> {
    let Some(list) = root.get("allowlist") else { return Ok(Vec::new()) };
    refusals(&Entry::of(text, list)?)
}

/// Reads one rule. Returns `None` if it has no `regex`: such a rule is only about paths and finds no token.
fn rule(
    text: &str,
    entry: &Result<Entry<'_>, Error>,
    shared: &[Regex],
) -> Result<Option<Rule>, Error> {
    let entry = entry.as_ref().map_err(Error::again)?;
    let Some(regex) = entry.text("regex") else { return Ok(None) };
    let pattern = grouped(entry, regex);
    compile(&pattern).map_err(|_| entry.wrong())?;
    let mut refuse = shared.to_vec();
    for list in ["allowlist", "allowlists"] {
        for list in entry.tables(text, list)? {
            refuse.extend(refusals(&list)?);
        }
    }
    let keywords = entry.texts("keywords");
    let id = entry.text("id").ok_or_else(|| entry.wrong())?;
    Ok(Some(Rule {
        id: id.to_owned(),
        description: entry.text("description").unwrap_or(id).to_owned(),
        source: None,
        sort: Sort::Guess,
        keywords: keywords.into_iter().filter(|keyword| keyword.len() >= 2).collect(),
        any_case: true,
        pattern,
        compiled: OnceLock::new(),
        checksum: None,
        entropy: entry.decimal("entropy").unwrap_or(0.0),
        before: AROUND,
        after: AROUND,
        assignment: false,
        judged: false,
        rank: Rank::User,
        least: 0,
        unless_near: Vec::new(),
        only: entry.text("path").map(compile).transpose().map_err(|_| entry.wrong())?,
        refuse,
        examples: Vec::new(),
        counterexamples: Vec::new(),
    }))
}

/// Returns the pattern with the token's group marked: that of `secretGroup`, or else the first group. (Without
/// `secretGroup`, gitleaks takes the first group that is not empty.)
fn grouped(entry: &Entry<'_>, regex: &str) -> String {
    match entry.decimal("secretGroup") {
        Some(group) if group >= 1.0 => name_group(regex, group as usize),
        _ if regex.contains("(?P<") => regex.to_owned(),
        _ => name_group(regex, 1),
    }
}

/// Gives the capturing group with the number `wanted` the name `token`, and returns the pattern.
fn name_group(regex: &str, wanted: usize) -> String {
    let (mut seen, mut in_class, mut escaped) = (0, false, false);
    for (at, byte) in regex.bytes().enumerate() {
        let opens = byte == b'(' && !in_class && !escaped;
        if opens && regex.as_bytes().get(at + 1) != Some(&b'?') {
            seen += 1;
            if seen == wanted {
                let (head, tail) = regex.split_at(at + 1);
                return format!("{head}?P<token>{tail}");
            }
        }
        in_class = !escaped && (byte == b'[' || (in_class && byte != b']')) || in_class && escaped;
        escaped = byte == b'\\' && !escaped;
    }
    regex.to_owned()
}

fn refusals(list: &Entry<'_>) -> Result<Vec<Regex>, Error> {
    let words =
        list.texts("stopwords").into_iter().map(|word| format!("(?i){}", regex::escape(&word)));
    let patterns = list.texts("regexes").into_iter().chain(words);
    patterns.map(|pattern| compile(&pattern).map_err(|_| list.wrong())).collect()
}
