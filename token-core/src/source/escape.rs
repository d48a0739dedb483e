//! Decodes the escapes of a string into memory that is wiped.
//!
//! A parser would decode them through a buffer that nobody wipes. The syntax is that of RFC 8259 section 7 (JSON), or of
//! a basic string of TOML 1.0.

use crate::{Secret, error::InDocument};

/// The language in which a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    #[cfg(feature = "json")]
    Json,
    #[cfg(feature = "toml")]
    Toml,
}

/// Decodes a string, given without its quotes. An error if it has an escape that the language does not have.
pub(super) fn decode(written: &str, syntax: Syntax) -> Result<Secret, InDocument> {
    let mut len = 0;
    each(written, syntax, |part| len += part.len())?;
    Secret::fill(len, |buffer| {
        let mut rest = buffer;
        each(written, syntax, |part| {
            let (head, tail) = core::mem::take(&mut rest).split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        })
    })
}

/// Calls `with` with the decoded bytes, part by part.
fn each(written: &str, syntax: Syntax, mut with: impl FnMut(&[u8])) -> Result<(), InDocument> {
    let mut rest = written;
    while let Some((plain, escape)) = rest.split_once('\\') {
        with(plain.as_bytes());
        let (character, behind) = character(escape, syntax).ok_or(InDocument::BadEscape)?;
        with(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = behind;
    }
    with(rest.as_bytes());
    Ok(())
}

/// The character that an escape stands for, and what comes after the escape. `escape` has no backslash any more.
fn character(escape: &str, syntax: Syntax) -> Option<(char, &str)> {
    let mut behind = escape.chars();
    let character = match behind.next()? {
        same @ ('"' | '\\') => same,
        #[cfg(feature = "json")]
        '/' if syntax == Syntax::Json => '/',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(behind.as_str(), 4, syntax),
        #[cfg(feature = "toml")]
        'U' if syntax == Syntax::Toml => return unicode(behind.as_str(), 8, syntax),
        _ => return None,
    };
    Some((character, behind.as_str()))
}

/// A character by its number, in so many hexadecimal digits. JSON writes those beyond U+FFFF as two (RFC 8259 section 7).
fn unicode(escape: &str, digits: usize, syntax: Syntax) -> Option<(char, &str)> {
    let (number, behind) = hexadecimal(escape, digits)?;
    if let Some(character) = char::from_u32(number) {
        return Some((character, behind));
    }
    // Half of a surrogate pair, which only JSON has.
    let escape = behind.strip_prefix("\\u").filter(|_| !is_toml(syntax))?;
    let (low, behind) = hexadecimal(escape, 4)?;
    let (high, low) = (number.checked_sub(0xd800)?, low.checked_sub(0xdc00)?);
    let fits = high < 0x400 && low < 0x400;
    let character = char::from_u32(0x1_0000 + (high << 10) + low).filter(|_| fits)?;
    Some((character, behind))
}

fn hexadecimal(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, behind) = text.split_at_checked(digits)?;
    let number =
        Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(number, 16).ok()?, behind))
}

fn is_toml(syntax: Syntax) -> bool {
    match syntax {
        #[cfg(feature = "json")]
        Syntax::Json => false,
        #[cfg(feature = "toml")]
        Syntax::Toml => true,
    }
}
