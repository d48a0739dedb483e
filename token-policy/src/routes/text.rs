//! Writes and reads the text of a table.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use super::error::Problem;
use super::{Access, RouteRow, RouteTable, RouteTableError};
use crate::report::plain;

/// One line for each row.
impl fmt::Display for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for RouteRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, word(&self.path), self.access)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Proof { scopes, kinds } => {
                write!(f, "scopes={} kinds={}", list(scopes), list(kinds))
            }
            Access::Public { reason } => write!(f, "public={}", quoted(reason)),
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| word(name)).collect::<Vec<_>>().join(",")
}

/// Returns a text as it stands in a line.
pub(super) fn word(text: &str) -> String {
    let is_plain = |byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b',');
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_string(),
        false => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    plain(&serde_json::Value::from(text).to_string())
}

/// Reads the rows, one a line.
pub(super) fn read(text: &str) -> Result<RouteTable, RouteTableError> {
    let row = |(line, number): (&str, u32)| {
        let row = row(line).map_err(|problem| RouteTableError::at(number, problem))?;
        Ok((row, number))
    };
    text.lines().zip(1..).map(row).collect::<Result<_, _>>().map(RouteTable::at_lines)
}

fn row(line: &str) -> Result<RouteRow, Problem> {
    let (method, rest) = line.split_once(' ').ok_or(Problem::NoMethod)?;
    check_method(method)?;
    let (path, rest) = take(rest, &[' '])?;
    check_path(&path)?;
    let rest = rest.strip_prefix(' ').ok_or(Problem::NoAccess)?;
    let (access, rest) = access(rest)?;
    match rest.is_empty() {
        true => Ok(RouteRow::new(method, path, access)),
        false => Err(Problem::More),
    }
}

/// Checks that a method is one of HTTP (RFC 9110 section 9.1) in capital letters, or stands for several.
pub(super) fn check_method(method: &str) -> Result<(), Problem> {
    let is_named = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    match is_named || method == "*" || method == "other" {
        true => Ok(()),
        false => Err(Problem::NoMethod),
    }
}

pub(super) fn check_path(path: &str) -> Result<(), Problem> {
    if path.starts_with('/') { Ok(()) } else { Err(Problem::NoPath) }
}

fn access(text: &str) -> Result<(Access, &str), Problem> {
    if let Some(text) = text.strip_prefix("public=") {
        let (reason, rest) = string(text).ok_or(Problem::NoReason)?;
        return Ok((public(reason)?, rest));
    }
    let text = text.strip_prefix("scopes=").ok_or(Problem::NoAccess)?;
    let (scopes, text) = names(text)?;
    let text = text.strip_prefix(" kinds=").ok_or(Problem::NoAccess)?;
    let (kinds, rest) = names(text)?;
    Ok((proof(scopes, kinds)?, rest))
}

pub(super) fn public(reason: String) -> Result<Access, Problem> {
    if reason.trim().is_empty() { Err(Problem::NoReason) } else { Ok(Access::Public { reason }) }
}

pub(super) fn proof(scopes: Vec<String>, kinds: Vec<String>) -> Result<Access, Problem> {
    if kinds.is_empty() { Err(Problem::NoKind) } else { Ok(Access::Proof { scopes, kinds }) }
}

/// Takes names off the front of a line, separated by commas.
fn names(text: &str) -> Result<(Vec<String>, &str), Problem> {
    let (mut names, mut rest) = (Vec::new(), text);
    if rest.is_empty() || rest.starts_with(' ') {
        return Ok((names, rest));
    }
    loop {
        let (name, behind) = take(rest, &[',', ' '])?;
        names.push(name);
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok((names, behind)),
        }
    }
}

/// Takes a [`word`] off the front of a line.
fn take<'t>(text: &'t str, ends: &[char]) -> Result<(String, &'t str), Problem> {
    if text.starts_with('"') {
        return string(text).ok_or(Problem::Quotes);
    }
    let (word, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    match word.is_empty() || word.contains('"') {
        true => Err(Problem::Quotes),
        false => Ok((word.to_string(), rest)),
    }
}

/// Takes a string of JSON off the front of a line.
fn string(text: &str) -> Option<(String, &str)> {
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let found = strings.next()?.ok()?;
    text.get(strings.byte_offset()..).map(|rest| (found, rest))
}
