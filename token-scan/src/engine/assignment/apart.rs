//! Finds values that no operator joins to their names. Each function returns where the value begins, or `None` if no
//! value follows the name in its way.

use std::ops::Range;

use super::syntax::{NAME, Place, assigned, line_before, quoted, run, spaces};
use super::value::LONGEST;
use crate::text::slice;

/// How far a value may stand from its name if a word between them, such as `value`, joins them.
const FAR: usize = 160;

/// Returns where the value of a name begins, or `None` if no value is found. `end` is the place after the quotes that
/// close the name.
pub(super) fn value(bytes: &[u8], name: Range<usize>, end: usize) -> Option<Place> {
    listed(bytes, end)
        .or_else(|| element(bytes, &name, end))
        .or_else(|| tagged(bytes, end))
        .or_else(|| cell(bytes, &name, end))
        .or_else(|| option(bytes, &name, end))
        .or_else(|| compared(bytes, &name))
}

/// Finds the value that a name is compared with by the method of the value: `"...".equals(name)`.
fn compared(bytes: &[u8], name: &Range<usize>) -> Option<Place> {
    let line = line_before(bytes, name.start);
    let value = [&b"\".equals("[..], b"\".equalsIgnoreCase("]
        .into_iter()
        .find_map(|call| line.strip_suffix(call))?;
    let quote = memchr::memrchr(b'"', value)?;
    let start = name.start - line.len() + quote + 1;
    Some(Place { start, quote: Some(b'"') })
}

/// Finds the value in `<key>NAME</key><string>...</string>`, as in property lists, and in
/// `<name>NAME</name><value>...</value>`.
fn tagged(bytes: &[u8], end: usize) -> Option<Place> {
    let after = slice(bytes, end, end + FAR);
    let close = [&b"</key>"[..], b"</name>"].into_iter().find(|tag| after.starts_with(tag))?;
    let gap = run(slice(after, close.len(), after.len()), |byte| byte.is_ascii_whitespace());
    let at = close.len() + gap;
    let rest = slice(after, at, after.len());
    let open = [&b"<string>"[..], b"<value>"].into_iter().find(|tag| rest.starts_with(tag))?;
    Some(Place { start: end + at + open.len(), quote: None })
}

/// Finds the value in `<NAME encoding="base64">...`, an element with attributes.
fn element(bytes: &[u8], name: &Range<usize>, end: usize) -> Option<Place> {
    let opened = bytes.get(name.start.checked_sub(1)?) == Some(&b'<');
    let after = slice(bytes, end, end + FAR);
    let attributes = run(after, |byte| !matches!(byte, b'>' | b'<' | b'\n'));
    let closed = after.get(attributes) == Some(&b'>') && after.first() == Some(&b' ');
    let empty = slice(after, 0, attributes).ends_with(b"/");
    let start = end + attributes + 1;
    (opened && closed && !empty).then_some(Place { start, quote: None })
}

/// Finds the value in the next cell of a row: `| NAME | ... |` in Markdown, `1,NAME,...` in comma-separated values.
fn cell(bytes: &[u8], name: &Range<usize>, end: usize) -> Option<Place> {
    let before = bytes.get(name.start.checked_sub(1)?)?;
    if bytes.get(end) == Some(&b',') && matches!(before, b',' | b'\n') {
        return Some(Place { start: end + 1, quote: None });
    }
    let gap = spaces(slice(bytes, end, end + NAME));
    let line = line_before(bytes, name.start).trim_ascii();
    let row = line.starts_with(b"|") && line.ends_with(b"|");
    let bar = bytes.get(end + gap) == Some(&b'|');
    let start = end + gap + 1;
    let start = start + spaces(slice(bytes, start, start + NAME));
    (row && bar).then_some(Place { start, quote: None })
}

/// Finds the value of a name that is itself written as a value: in `<add key="NAME" value="..."/>`, in `name: NAME`
/// with `value: ...` in the next line, and in `variable "NAME" { default = "..." }`.
pub(super) fn listed(bytes: &[u8], end: usize) -> Option<Place> {
    let after = slice(bytes, end, end + FAR);
    let indent = run(after, |byte| byte.is_ascii_whitespace() || byte == b',');
    let rest = slice(after, indent, after.len());
    let word = if rest.first() == Some(&b'{') {
        let close = run(rest, |byte| byte != b'}');
        indent + memchr::memmem::find(slice(rest, 0, close), b"default")? + 7
    } else {
        let opened = run(rest, |byte| matches!(byte, b'"' | b'\'' | b'\\')).min(2);
        let rest = slice(rest, opened, rest.len());
        let words = [&b"value"[..], b"default"];
        let starts =
            |word: &&[u8]| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word));
        indent + opened + words.into_iter().find(|word| indent > 0 && starts(word))?.len()
    };
    let behind = end + word;
    let closers = run(slice(bytes, behind, behind + 2), |b| matches!(b, b'"' | b'\'' | b'\\'));
    assigned(bytes, behind + closers)
}

/// Returns whether a name is an argument of a call that hashes, as in `HashPassword("password", "salt")`. Then the next
/// argument is not its value.
pub(super) fn is_hashed(bytes: &[u8], name: &Range<usize>) -> bool {
    let line = line_before(bytes, name.start).trim_ascii_end();
    let call =
        line.strip_suffix(b"\"").or(line.strip_suffix(b"'")).and_then(|l| l.strip_suffix(b"("));
    let Some(call) = call else { return false };
    let start =
        call.iter().rposition(|b| !b.is_ascii_alphanumeric() && *b != b'_').map_or(0, |at| at + 1);
    let name = slice(call, start, call.len()).to_ascii_lowercase();
    [&b"hash"[..], b"crypt"].iter().any(|word| memchr::memmem::find(&name, word).is_some())
}

/// Finds the value that only a space separates from its name: an option (`--name value`), a name after a setter (`ENV
/// NAME value`, `#define NAME "value"`), a password in SQL, or the name as the first word of a line.
fn option(bytes: &[u8], name: &Range<usize>, end: usize) -> Option<Place> {
    let gap = spaces(slice(bytes, end, end + NAME));
    if gap == 0 {
        return None;
    }
    let start = end + gap;
    let line = line_before(bytes, name.start);
    if slice(bytes, name.start, name.end).starts_with(b"-")
        || SETTERS.iter().any(|setter| ends_with(line, setter))
    {
        return quoted(bytes, start).or(Some(Place { start, quote: None }));
    }
    // This is SQL: `CREATE USER app WITH PASSWORD '...'`
    let sql = matches!(bytes.get(start), Some(b'\'' | b'"'))
        && slice(bytes, name.start, name.end).eq_ignore_ascii_case(b"password");
    if sql {
        return Some(Place { start: start + 1, quote: bytes.get(start).copied() });
    }
    directive(bytes, line, start)
}

/// Finds the value in a line whose first word is the name and whose second word is the value, as in `redis.conf`,
/// Gradle and Clojure.
fn directive(bytes: &[u8], line: &[u8], start: usize) -> Option<Place> {
    let before = line.trim_ascii();
    if !before.is_empty() && before != b":" && before != b"{:" {
        return None;
    }
    let rest = slice(bytes, start, start + LONGEST);
    let word = run(rest, |byte| byte.is_ascii_graphic());
    let last = matches!(slice(rest, word, rest.len()), [] | [b'\n' | b'\r', ..]);
    match quoted(bytes, start) {
        None if last => Some(Place { start, quote: None }),
        place => place,
    }
}

/// The setters: words before a name whose value follows after a space.
const SETTERS: &[&[u8]] = &[
    b"env ",
    b"arg ",
    b"#define ",
    b"set -x ",
    b"set -gx ",
    b"set -ux ",
    b"setenv ",
    b"set ",
    b"set(",
    b"setx ",
    b"setq ",
    b"def ",
    b"proxy_set_header ",
    b"add_header ",
    b"defvar ",
    b"defconst ",
];

/// Returns whether a line ends in a setter, or has a login as in a `.netrc`, where `password` and its value follow.
fn ends_with(line: &[u8], setter: &[u8]) -> bool {
    let tail = slice(line, line.len().saturating_sub(setter.len()), line.len());
    tail.eq_ignore_ascii_case(setter) || memchr::memmem::find(line, b" login ").is_some()
}
