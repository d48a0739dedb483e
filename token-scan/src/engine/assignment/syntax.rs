//! Where a value stands after its name.

use std::ops::Range;

use crate::text::slice;

/// How far a name may reach, and how far its type, an operator and spaces behind it.
pub(super) const NAME: usize = 48;

/// How far a value may stand from its name if a word between them says that it belongs to it.
const FAR: usize = 160;

/// Where a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    /// What it is quoted with.
    pub(super) quote: Option<u8>,
}

/// Where the value of a name begins.
pub(super) fn value(bytes: &[u8], name: Range<usize>) -> Option<Place> {
    let closers = run(slice(bytes, name.end, name.end + 4), |byte| {
        matches!(byte, b'"' | b'\'' | b'`' | b'[' | b']' | b')' | b'\\')
    });
    let end = name.end + closers;
    assigned(bytes, end).or_else(|| listed(bytes, end)).or_else(|| option(bytes, name, end))
}

/// `name = value`, and however else languages say that.
fn assigned(bytes: &[u8], end: usize) -> Option<Place> {
    let after = slice(bytes, end, end + NAME);
    let mut at = spaces(after);
    at += type_annotation(slice(after, at, after.len()));
    let operator = operator(slice(after, at, after.len()))?;
    at += operator.len;
    at += spaces(slice(after, at, after.len()));
    let rest = slice(after, at, after.len());
    let next_line = if operator.list { None } else { next_line(rest) };
    let block = next_line.is_some() && matches!(rest.first(), Some(b'|' | b'>'));
    at += next_line.unwrap_or(0);
    let place = quoted(bytes, end + at);
    let bare = Place { start: end + at, quote: None };
    place.or_else(|| (operator.bare && (next_line.is_none() || block)).then_some(bare))
}

/// A quoted value, with whatever stands before its quote.
fn quoted(bytes: &[u8], at: usize) -> Option<Place> {
    let rest = slice(bytes, at, at + NAME);
    let prefix = literal_prefix(rest);
    match slice(rest, prefix, rest.len()) {
        [b'\\', b'\\', b'\\', quote @ (b'"' | b'\''), ..] => {
            Some(Place { start: at + prefix + 4, quote: Some(*quote) })
        }
        [b'\\', quote @ (b'"' | b'\''), ..] => {
            Some(Place { start: at + prefix + 2, quote: Some(*quote) })
        }
        [quote @ (b'"' | b'\'' | b'`'), ..] => {
            Some(Place { start: at + prefix + 1, quote: Some(*quote) })
        }
        _ => None,
    }
}

/// A name that is a value itself, with the other beside it: `<add key="NAME" value="..."/>`, `name: NAME` and `value: ...` in the
/// next line, `variable "NAME" { default = "..." }`.
fn listed(bytes: &[u8], end: usize) -> Option<Place> {
    let after = slice(bytes, end, end + FAR);
    let indent = run(after, |byte| byte.is_ascii_whitespace() || byte == b',');
    let rest = slice(after, indent, after.len());
    let word = if rest.first() == Some(&b'{') {
        let close = run(rest, |byte| byte != b'}');
        indent + memchr::memmem::find(slice(rest, 0, close), b"default")? + 7
    } else {
        let opened = run(rest, |byte| matches!(byte, b'"' | b'\'' | b'\\')).min(2);
        let rest = slice(rest, opened, rest.len());
        let is_value = indent > 0 && rest.get(..5)?.eq_ignore_ascii_case(b"value");
        if !is_value {
            return None;
        }
        indent + opened + 5
    };
    let behind = end + word;
    let closers = run(slice(bytes, behind, behind + 2), |b| matches!(b, b'"' | b'\'' | b'\\'));
    assigned(bytes, behind + closers)
}

/// `--name value`, `ENV NAME value`, `#define NAME "value"` and the like: a space is all that stands between.
fn option(bytes: &[u8], name: Range<usize>, end: usize) -> Option<Place> {
    let gap = spaces(slice(bytes, end, end + NAME));
    if gap == 0 {
        return None;
    }
    let start = end + gap;
    let line = line_before(bytes, name.start);
    if slice(bytes, name.start, name.end).starts_with(b"--")
        || SETTERS.iter().any(|setter| ends_with(line, setter))
    {
        return quoted(bytes, start).or(Some(Place { start, quote: None }));
    }
    // `CREATE USER app WITH PASSWORD '...'`
    let sql = bytes.get(start) == Some(&b'\'')
        && slice(bytes, name.start, name.end).eq_ignore_ascii_case(b"password");
    sql.then_some(Place { start: start + 1, quote: Some(b'\'') })
}

/// What stands before a name that a value follows after a space.
const SETTERS: &[&[u8]] =
    &[b"env ", b"arg ", b"#define ", b"set -x ", b"set -gx ", b"set -ux ", b"setenv "];

/// Whether a line ends in a setter; `password` of a `.netrc` follows a login.
fn ends_with(line: &[u8], setter: &[u8]) -> bool {
    let tail = slice(line, line.len().saturating_sub(setter.len()), line.len());
    tail.eq_ignore_ascii_case(setter) || memchr::memmem::find(line, b" login ").is_some()
}

struct Operator {
    len: usize,
    /// Whether a value without quotes may follow.
    bare: bool,
    /// Whether it only separates: in the next line stands something else.
    list: bool,
}

fn operator(text: &[u8]) -> Option<Operator> {
    let (len, bare) = match text {
        [b'=', b'>', ..] => (2, false),
        [b':', b'=', ..] => (2, true),
        [b'=', b'=', b' ' | b'"' | b'\'', ..] => (2, false),
        [b'|', b'|', ..] | [b'?', b'?' | b':', ..] => (2, false),
        [b'!', b'=', ..] | [b'=', b'=', b'=', ..] | [b'o', b'r', b' ', ..] => (3, false),
        [b'=', ..] | [b':', ..] | [b'>', ..] => (1, true),
        [b',', ..] | [b'(', ..] => (1, false),
        _ => return None,
    };
    Some(Operator { len, bare, list: text.first() == Some(&b',') })
}

/// `: &'static str` and the like, if a `=` follows.
fn type_annotation(text: &[u8]) -> usize {
    let [b':', rest @ ..] = text else { return 0 };
    let typed = run(rest, |byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'&' | b'\'' | b' ' | b'<' | b'>' | b'_' | b'[' | b']' | b'?')
    });
    let letters = slice(rest, 0, typed).iter().any(u8::is_ascii_alphabetic);
    if letters && rest.get(typed) == Some(&b'=') { typed + 1 } else { 0 }
}

/// How far the next line's text is, if the value stands there; YAML may announce it by `|` or `>`.
fn next_line(text: &[u8]) -> Option<usize> {
    let mark = run(text, |byte| matches!(byte, b'|' | b'>' | b'-' | b'+' | b'\r')).min(3);
    let feed = (text.get(mark) == Some(&b'\n')).then_some(mark + 1)?;
    Some(feed + run(slice(text, feed, text.len()), |byte| byte == b' ' || byte == b'\t'))
}

/// `b`, `r#`, `f` and the like before a quote; wrappers such as `String::from(`.
fn literal_prefix(text: &[u8]) -> usize {
    let word = run(text, |byte| {
        byte.is_ascii_alphabetic() || matches!(byte, b'#' | b'@' | b':' | b'(' | b'.' | b'&' | b'_')
    });
    let quoted = matches!(text.get(word), Some(b'"' | b'\'' | b'`'));
    if quoted && word <= 24 { word } else { 0 }
}

/// The length of a value without quotes, as in `.env` and YAML files. It ends with its line, a space, a tag, or the next
/// parameter of a query.
pub(super) fn unquoted(rest: &[u8]) -> Option<usize> {
    let length = run(rest, |byte| {
        byte.is_ascii_graphic()
            && !matches!(
                byte,
                b'"' | b'\''
                    | b'`'
                    | b'<'
                    | b'>'
                    | b'('
                    | b')'
                    | b'{'
                    | b'}'
                    | b'['
                    | b']'
                    | b','
                    | b';'
                    | b'|'
                    | b'\\'
            )
    });
    let ends = match slice(rest, length, rest.len()) {
        [] | [b'\n' | b'\r' | b' ' | b'\t' | b'<' | b'\'' | b'"' | b'`' | b';', ..] => true,
        [b',', next, ..] => next.is_ascii_whitespace(),
        [b'\\', next, ..] => matches!(next, b'n' | b'r' | b'"' | b't'),
        _ => false,
    };
    let parameter = next_parameter(slice(rest, 0, length));
    (ends || parameter.is_some()).then_some(parameter.unwrap_or(length))
}

/// Where `&name=` begins.
fn next_parameter(value: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'&', value).find(|at| {
        let rest = slice(value, at + 1, value.len());
        let name = run(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        name > 0 && rest.get(name) == Some(&b'=')
    })
}

/// The line up to `at`, at most its last 80 bytes.
pub(super) fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let before = slice(bytes, at.saturating_sub(80), at);
    let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    slice(before, start, before.len())
}

pub(super) fn run(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !wanted(*byte)).unwrap_or(text.len())
}

fn spaces(text: &[u8]) -> usize {
    run(text, |byte| byte == b' ' || byte == b'\t').min(10)
}
