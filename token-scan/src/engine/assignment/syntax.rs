//! Where a value stands after its name.

use crate::text::slice;

/// How far a name, its type and an operator may reach.
pub(super) const NAME: usize = 48;

/// Where the value begins after a name, and its quote.
pub(super) fn value(bytes: &[u8], name_end: usize) -> Option<(usize, Option<u8>)> {
    let after = slice(bytes, name_end, name_end + NAME);
    let mut at = run(after, |byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b')' | b'\\'));
    at = at.min(4);
    at += spaces(slice(after, at, after.len()));
    at += type_annotation(slice(after, at, after.len()));
    let operator = operator(slice(after, at, after.len()))?;
    at += operator.len;
    at += spaces(slice(after, at, after.len()));
    at += literal_prefix(slice(after, at, after.len()));
    let rest = slice(after, at, after.len());
    match rest {
        [b'\\', quote @ (b'"' | b'\''), ..] => Some((name_end + at + 2, Some(*quote))),
        [quote @ (b'"' | b'\'' | b'`'), ..] => Some((name_end + at + 1, Some(*quote))),
        _ if operator.bare => Some((name_end + at, None)),
        _ => None,
    }
}

struct Operator {
    len: usize,
    /// Whether a value without quotes may follow.
    bare: bool,
}

fn operator(text: &[u8]) -> Option<Operator> {
    let (len, bare) = match text {
        [b'=', b'>', ..] | [b':', b'=', ..] | [b'=', b'=', b' ' | b'"' | b'\'', ..] => (2, false),
        [b'!', b'=', ..] | [b'=', b'=', b'=', ..] => (3, false),
        [b'=', ..] | [b':', ..] => (1, true),
        [b'>', ..] => (1, true),
        [b',', ..] | [b'(', ..] => (1, false),
        _ => return None,
    };
    Some(Operator { len, bare })
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

/// `b`, `r#`, `f` and the like before a quote; wrappers such as `String::from(`.
fn literal_prefix(text: &[u8]) -> usize {
    let word = run(text, |byte| {
        byte.is_ascii_alphabetic() || matches!(byte, b'#' | b'@' | b':' | b'(' | b'.' | b'&' | b'_')
    });
    let quoted = matches!(text.get(word), Some(b'"' | b'\'' | b'`'));
    if quoted && word <= 24 { word } else { 0 }
}

/// The length of a value without quotes, as in `.env` and YAML files. It ends with its line, a space or a tag.
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
            )
    });
    match rest.get(length) {
        None | Some(b'\n' | b'\r' | b' ' | b'\t' | b'<' | b'\'' | b'"') => Some(length),
        _ => None,
    }
}

pub(super) fn run(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !wanted(*byte)).unwrap_or(text.len())
}

fn spaces(text: &[u8]) -> usize {
    run(text, |byte| byte == b' ' || byte == b'\t').min(10)
}
