//! The syntax of credentials: RFC 9110 section 11.4 and RFC 6750 section 2.1.

use super::NotPresented;

/// The token of `Bearer 1*SP b64token`. `None` for another scheme, which is none of our business.
pub(super) fn bearer(value: &[u8]) -> Result<Option<&[u8]>, NotPresented> {
    let Some((scheme, rest)) = value.split_at_checked(BEARER.len()) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case(BEARER) {
        return Ok(None);
    }
    match rest {
        [b' ', text @ ..] => token(after_spaces(text)).map(Some),
        // A longer name.
        [byte, ..] if is_scheme(*byte) => Ok(None),
        _ => Err(NotPresented::Malformed),
    }
}

const BEARER: &[u8] = b"Bearer";

fn after_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// `text`, if it is a `b64token`.
pub(super) fn token(text: &[u8]) -> Result<&[u8], NotPresented> {
    let mut body = text;
    while let [rest @ .., b'='] = body {
        body = rest;
    }
    match !body.is_empty() && are_b64token(body) {
        true => Ok(text),
        false => Err(NotPresented::Malformed),
    }
}

/// Whether the query of a URL has the parameter of RFC 6750 section 2.3.
pub(super) fn has_token(query: &str) -> bool {
    let has_name = |name: &str| {
        name == NAME || form_urlencoded::parse(name.as_bytes()).any(|(name, _)| name == NAME)
    };
    // Only the name is decoded: nothing copies a token.
    query.split('&').filter_map(|parameter| parameter.split('=').next()).any(has_name)
}

const NAME: &str = "access_token";

/// Looks at all bytes in any case, so that the compiler can take several at once.
fn are_b64token(text: &[u8]) -> bool {
    text.iter().fold(true, |all, &byte| all & is_b64token(byte))
}

const fn is_b64token(byte: u8) -> bool {
    // `-`, `.`, `/` and the digits follow each other.
    byte.is_ascii_alphabetic() | matches!(byte, b'-'..=b'9') | matches!(byte, b'_' | b'~' | b'+')
}

/// A character of a scheme's name: `tchar` of RFC 9110 section 5.6.2.
const fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}
