//! The syntax of credentials: RFC 9110 section 11.4 and RFC 6750 section 2.1.

use super::NotPresented;

/// The token of `Bearer 1*SP b64token`. `None` for another scheme, which is none of our business.
pub(super) fn bearer(value: &[u8]) -> Result<Option<&[u8]>, NotPresented> {
    let end = value.iter().position(|&byte| !is_scheme(byte)).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Ok(None);
    }
    let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
    match rest.get(spaces..) {
        Some(text) if spaces > 0 => token(text).map(Some),
        _ => Err(NotPresented::Malformed),
    }
}

/// `text`, if it is a `b64token`.
pub(super) fn token(text: &[u8]) -> Result<&[u8], NotPresented> {
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = text.get(..text.len().saturating_sub(padding)).unwrap_or_default();
    match !body.is_empty() && body.iter().copied().all(is_b64token) {
        true => Ok(text),
        false => Err(NotPresented::Malformed),
    }
}

/// Whether the query of a URL has the parameter of RFC 6750 section 2.3.
pub(super) fn has_token(query: &str) -> bool {
    let name = |parameter: &str| parameter.split('=').next() == Some("access_token");
    query.split('&').any(name)
}

const fn is_b64token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
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
