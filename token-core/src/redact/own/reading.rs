//! What a text is that may begin with a token of a kind.

use token_policy::format::{self, DecodeError, Form, MAX_TOKEN_BYTES, Prefix};

use crate::{
    TokenId,
    redact::escape::{Escape, Unit},
    secret::wipe::wipe,
};

pub(super) enum Reading {
    /// A token, in so many bytes.
    Token(TokenId, usize),
    /// So far a token.
    Incomplete,
    Nothing,
}

impl Reading {
    /// Reads a text that begins with the needle of a form.
    pub(super) fn of_form(form: Form, prefix: &Prefix, text: &[u8]) -> Self {
        let mut token = [0; MAX_TOKEN_BYTES];
        let reading = match form.decode(prefix, text, &mut token) {
            Ok(len) => Self::of_token(prefix, &token, len),
            Err(DecodeError::Incomplete) => Self::Incomplete,
            Err(DecodeError::Malformed(_)) => Self::Nothing,
        };
        wipe(&mut token);
        reading
    }

    /// Reads a text in which some characters are escapes.
    pub(super) fn of_escaped(escape: Escape, prefix: &Prefix, text: &[u8]) -> Self {
        let mut token = [0; MAX_TOKEN_BYTES];
        let reading = Self::unescape(escape, prefix, text, &mut token);
        wipe(&mut token);
        reading
    }

    fn unescape(
        escape: Escape,
        prefix: &Prefix,
        text: &[u8],
        token: &mut [u8; MAX_TOKEN_BYTES],
    ) -> Self {
        let expected = prefix.as_bytes().iter().map(Some).chain(core::iter::repeat(None));
        let mut len = 0;
        for (place, expected) in token.iter_mut().take(prefix.token_bytes()).zip(expected) {
            match escape.unit(text.get(len..).unwrap_or_default()) {
                Some(Unit::Byte(byte, more)) if fits(byte, expected) => {
                    *place = byte;
                    len += more;
                }
                Some(Unit::Byte(..)) => return Self::Nothing,
                Some(Unit::Incomplete) | None => return Self::Incomplete,
            }
        }
        Self::of_token(prefix, token, len)
    }

    /// A token if its checksum is right.
    fn of_token(prefix: &Prefix, token: &[u8; MAX_TOKEN_BYTES], len: usize) -> Self {
        let token = token.get(..prefix.token_bytes()).unwrap_or_default();
        match format::check(token) {
            Ok(_) => Self::Token(TokenId::of(token), len),
            Err(_) => Self::Nothing,
        }
    }
}

/// Whether a byte is that of the prefix, or one that can follow it.
fn fits(byte: u8, expected: Option<&u8>) -> bool {
    expected.map_or(format::is_base62(byte), |expected| byte == *expected)
}
