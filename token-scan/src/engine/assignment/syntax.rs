//! Knows how a value follows its name.

use crate::text::slice;

/// The most bytes of a name on each side of its keyword, and the most bytes of the type, operator and spaces after the
/// name.
pub(super) const NAME: usize = 48;

/// The place at which a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    /// The quote before the value; `None` if the value has no quotes.
    pub(super) quote: Option<u8>,
}

/// Finds the value in `name = value`, or in one of the other forms that languages have for it. Returns `None` if no
/// operator or no value follows the name.
pub(super) fn assigned(bytes: &[u8], end: usize) -> Option<Place> {
    let after = slice(bytes, end, end + NAME);
    let mut at = spaces(after);
    at += type_annotation(slice(after, at, after.len()));
    let operator = operator(slice(after, at, after.len()))?;
    at += operator.len;
    // In Markdown a name may be bold: `**Password:** ...`
    at += if slice(after, at, after.len()).starts_with(b"**") { 2 } else { 0 };
    at += spaces(slice(after, at, after.len()));
    at += empty(slice(after, at, after.len()));
    let rest = slice(after, at, after.len());
    let next_line = if operator.list { None } else { next_line(rest) };
    let block =
        next_line.is_some() && matches!(rest.first(), Some(b'|' | b'>' | b'\\' | b'`' | b'<'));
    at += next_line.unwrap_or(0);
    let start = end + at;
    let text = slice(bytes, start, start + CDATA.len());
    if operator.closed && text == CDATA {
        return Some(Place { start: start + CDATA.len(), quote: Some(b']') });
    }
    let near = next_line.is_none() || block;
    let alone = || is_alone(bytes, start, operator.closed);
    quoted(bytes, start)
        .or_else(|| (operator.bare && (near || alone())).then_some(Place { start, quote: None }))
}

/// What begins a text in XML in which nothing is markup.
const CDATA: &[u8] = b"<![CDATA[";

/// Returns whether a word is all that its line has. If an element must be closed, its closing tag follows in the next line.
fn is_alone(bytes: &[u8], start: usize, closed: bool) -> bool {
    let rest = slice(bytes, start, start + FAR);
    let word = run(rest, |byte| byte.is_ascii_graphic());
    let after = slice(rest, word, rest.len());
    let feed = run(after, |byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let ends = matches!(after.get(feed), None | Some(b'\n')) && !rest.starts_with(b"-");
    let next = slice(after, feed, after.len()).trim_ascii_start();
    ends && (!closed || next.starts_with(b"</"))
}

/// The most bytes that are read of a word in a line of its own, and of what follows it.
const FAR: usize = 640;

/// Finds a quoted value at `at`, or returns `None` if no quote stands there. The quote may be escaped, and the prefix
/// of a literal may stand before it.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Option<Place> {
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

/// Returns the place of the default in `${NAME:-default}` and `${NAME:=default}` (POSIX, Shell Command Language, section
/// 2.6.2), or the place itself if no such default stands there.
pub(super) fn default_of(bytes: &[u8], place: Place) -> Place {
    let rest = slice(bytes, place.start, place.start + NAME);
    let Some(inner) = rest.strip_prefix(b"${") else { return place };
    // The name of a variable has no hyphen: that is the operator.
    let name = run(inner, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let operator = match slice(inner, name, inner.len()) {
        [b':', b'-' | b'=', ..] => 2,
        [b'-' | b'=', ..] => 1,
        _ => return place,
    };
    Place { start: place.start + 2 + name + operator, quote: Some(b'}') }
}

struct Operator {
    len: usize,
    /// Whether a value without quotes may follow the operator.
    bare: bool,
    /// Whether the operator is a comma. It only separates, so a value in the next line belongs to something else.
    list: bool,
    /// Whether the operator is the end of a tag, so that another tag ends the value.
    closed: bool,
}

fn operator(text: &[u8]) -> Option<Operator> {
    let (len, bare) = match text {
        [b':', b':', b'=', ..] => (3, true),
        // `Type::name` is a path and assigns nothing.
        [b':', b':', ..] => return None,
        [b'=', b'>', ..] | [b'-', b'>', ..] => (2, false),
        [b't', b'o', b' ', ..] => (3, false),
        [b'.', b'=', ..] => (2, false),
        [b'?', b'=', ..] => (2, true),
        [b':', b'=' | b'-', ..] => (2, true),
        [b'<', b'-' | b'>', ..] => (2, false),
        [b'e', b'q', b' ', ..] | [b'n', b'e', b' ', ..] => (3, false),
        [b'{', b'"' | b'\'', ..] | [b'{', b' ', b'"' | b'\'', ..] => (1, false),
        [b'-', b'e' | b'n', b'q' | b'e', b' ', ..] => (4, false),
        [b'-', b'c' | b'i', b'e' | b'n', b'q' | b'e', b' ', ..] => (5, false),
        [b'=', b'=', b' ' | b'"' | b'\'', ..] => (2, false),
        [b'|', b'|', b'=', ..] => (3, false),
        // This is a filter of a template: `{{ name | default("...") }}`
        [b'|', b' ', b'd', b'e', b'f', b'a', b'u', b'l', b't', b'(', ..] => (10, false),
        [b'|', b'|', ..] | [b'?', b'?' | b':', ..] => (2, false),
        [b'+', b'=', ..] => (2, true),
        [b'!', b'=', ..] | [b'=', b'=', b'=', ..] | [b'o', b'r', b' ', ..] => (3, false),
        [b'=', ..] | [b':', ..] | [b'>', ..] => (1, true),
        [b',', ..] | [b'(', ..] => (1, false),
        _ => return None,
    };
    let begins = |sign| text.first() == Some(&sign);
    Some(Operator { len, bare, list: begins(b','), closed: begins(b'>') })
}

/// Returns the length of a type between a name and its `=`, such as `: &'static str` or `As String`; 0 if there is
/// none.
fn type_annotation(text: &[u8]) -> usize {
    let (mark, rest) = match text {
        [b':', rest @ ..] => (1, rest),
        [b'A' | b'a', b's' | b'S', rest @ ..] if rest.first() == Some(&b' ') => (2, rest),
        [b's', b't', b'r', b'i', b'n', ..] => (0, text),
        _ => return 0,
    };
    let typed = run(rest, |byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'&' | b'\'' | b' ' | b'<' | b'>' | b'_' | b'[' | b']' | b'?')
    });
    let words = slice(rest, 0, typed);
    // `Authorization: Digest username="..."` is no type, but a header (RFC 7616).
    let header = words.trim_ascii_start().starts_with(b"Digest ");
    let letters = words.iter().any(u8::is_ascii_alphabetic) && !header;
    // A `=` right behind digits at the end of a line fills up base64.
    let assigns = match slice(rest, typed, rest.len()) {
        [b'=', next, ..] if !b"=\r\n".contains(next) => true,
        [b'=', ..] => slice(rest, 0, typed).ends_with(b" "),
        _ => false,
    };
    if letters && assigns { typed + mark } else { 0 }
}

/// Returns how far away the text of the next line begins, or `None` if the value doesn't stand there. In YAML, `|` or
/// `>` may announce that, in a shell and in a file of properties a backslash, and in a program a parenthesis.
fn next_line(text: &[u8]) -> Option<usize> {
    let mark =
        run(text, |byte| matches!(byte, b'|' | b'>' | b'-' | b'+' | b'\r' | b'\\' | b'(' | b'`'));
    let mark = mark.min(3) + here_document(text);
    let feed = (text.get(mark) == Some(&b'\n')).then_some(mark + 1)?;
    Some(feed + run(slice(text, feed, text.len()), |byte| byte == b' ' || byte == b'\t'))
}

/// Returns the length of an empty literal and its `+`, to which the next line adds the value; 0 if there is none.
fn empty(text: &[u8]) -> usize {
    match text {
        [b'"', b'"', b' ', b'+', b'\n', ..] | [b'\'', b'\'', b' ', b'+', b'\n', ..] => 4,
        _ => 0,
    }
}

/// Returns the length of the mark that begins a document in the next line, such as `<<EOT`; 0 if there is none.
fn here_document(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"<<") else { return 0 };
    let mark = run(rest, |byte| is_name_byte(byte) || matches!(byte, b'~' | b'"' | b'\''));
    if slice(rest, 0, mark).iter().any(u8::is_ascii_uppercase) { mark + 2 } else { 0 }
}

/// Returns the length of a prefix before a quote: `b`, `r#`, `f` and the like, or a wrapper such as `String::from(`. It
/// is 0 if there is none.
fn literal_prefix(text: &[u8]) -> usize {
    let made = if text.starts_with(b"new ") { 4 } else { usize::from(text.starts_with(b"[")) };
    let text = slice(text, made, text.len());
    let word = run(text, |byte| {
        byte.is_ascii_alphabetic() || matches!(byte, b'#' | b'@' | b':' | b'(' | b'.' | b'&' | b'_')
    });
    let quoted = matches!(text.get(word), Some(b'"' | b'\'' | b'`'));
    // In `"password=abcdefgh"` the letters before the quote are the value and not a prefix.
    let letters = word > 5 && slice(text, 0, word).iter().all(u8::is_ascii_alphabetic);
    if quoted && word <= 24 && !letters { made + word } else { 0 }
}

/// Returns the length of a value without quotes, as in `.env` and YAML files. The value ends with its line, a space, a
/// tag, or the next parameter of a query. Returns `None` if it ends in another way, since then it is something else.
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
        [b',', next, ..] if next.is_ascii_whitespace() => true,
        // Another parameter follows: `host:6380,password=...,ssl=True`
        [b',', rest @ ..] => rest.get(run(rest, is_name_byte)) == Some(&b'='),
        // The value is the default of a variable: `${NAME:=...}`
        [b'}', b'"' | b'\'' | b'\n', ..] => true,
        [b'\\', next, ..] => matches!(next, b'n' | b'r' | b'"' | b't'),
        _ => false,
    };
    let parameter = next_parameter(slice(rest, 0, length));
    (ends || parameter.is_some()).then_some(parameter.unwrap_or(length))
}

/// Returns where the next `&name=` begins, or `None` if there is none.
fn next_parameter(value: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'&', value).find(|at| {
        let rest = slice(value, at + 1, value.len());
        let name = run(rest, is_name_byte);
        name > 0 && rest.get(name) == Some(&b'=')
    })
}

/// Returns the line up to `at`, but at most its last 80 bytes.
pub(super) fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let before = slice(bytes, at.saturating_sub(80), at);
    let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    slice(before, start, before.len())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

pub(super) fn run(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !wanted(*byte)).unwrap_or(text.len())
}

pub(super) fn spaces(text: &[u8]) -> usize {
    run(text, |byte| byte == b' ' || byte == b'\t').min(10)
}
