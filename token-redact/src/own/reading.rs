//! Reads a text that may begin with a token of a kind.

use token_core::TokenId;
use token_policy::format::{DecodeError, Form, MAX_TOKEN_BYTES, Prefix};
use zeroize::Zeroize;

pub(super) enum Reading {
    /// The id of a token, if it has one, and in how many bytes it is written.
    Token(Option<TokenId>, usize),
    /// The text may be the beginning of a token, but ends before the token does.
    Incomplete,
    Nothing,
}

impl Reading {
    /// Reads a text that begins with the needle of `form`.
    pub(super) fn of(form: Form, prefix: &Prefix, text: &[u8]) -> Self {
        let mut token = [0; MAX_TOKEN_BYTES];
        let reading = match form.decode(prefix, text, &mut token) {
            Ok(len) => {
                let token = token.get(..prefix.token_bytes()).unwrap_or_default();
                Self::Token(TokenId::of(token), len)
            }
            Err(DecodeError::Incomplete) => Self::Incomplete,
            Err(DecodeError::Malformed(_)) => Self::Nothing,
        };
        token.as_mut_slice().zeroize();
        reading
    }
}
