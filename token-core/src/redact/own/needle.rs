//! The beginning of a token in one form, and how the rest is read.

use std::{sync::Arc, vec::Vec};

use token_policy::format::{self, DecodeError, Form, MAX_TOKEN_BYTES, Prefix, TAIL_BYTES};

use crate::{
    TokenId,
    redact::escape::{Escape, Unit},
    secret::wipe::wipe,
};

/// A fixed string that a token begins with.
pub(super) struct Needle {
    bytes: Vec<u8>,
    shape: Shape,
    kind: Arc<str>,
    prefix: Prefix,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Form(Form),
    /// No byte of a token needs an escape; some encoders write them all the same.
    Escaped(Escape),
}

/// What a text is that begins with a needle.
pub(super) enum Reading {
    /// A token, in so many bytes.
    Token(TokenId, usize),
    /// So far a token.
    Incomplete,
    Nothing,
}

impl Needle {
    /// A kind's prefix in all forms.
    pub(super) fn all(kind: &Arc<str>, prefix: &Prefix) -> Vec<Self> {
        let forms = Form::ALL
            .iter()
            .map(|form| (Shape::Form(*form), form.needle(prefix).as_bytes().to_vec()));
        let escapes = Escape::ALL.iter().flat_map(|escape| {
            escaped(*escape, prefix).into_iter().map(|bytes| (Shape::Escaped(*escape), bytes))
        });
        let needle = |(shape, bytes)| Self { bytes, shape, kind: kind.clone(), prefix: *prefix };
        forms.chain(escapes).map(needle).collect()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn kind(&self) -> Arc<str> {
        self.kind.clone()
    }

    pub(super) fn is_utf16(&self) -> bool {
        self.shape == Shape::Form(Form::Utf16)
    }

    /// Reads a text that begins with the needle.
    pub(super) fn read(&self, text: &[u8]) -> Reading {
        let mut token = [0; MAX_TOKEN_BYTES];
        let reading = match self.shape {
            Shape::Form(form) => match form.decode(&self.prefix, text, &mut token) {
                Ok(len) => self.named(&token, len),
                Err(DecodeError::Incomplete) => Reading::Incomplete,
                Err(DecodeError::Malformed(_)) if form == Form::Raw => {
                    self.escaped_later(text, &mut token)
                }
                Err(DecodeError::Malformed(_)) => Reading::Nothing,
            },
            Shape::Escaped(escape) => self.unescape(escape, text, &mut token),
        };
        wipe(&mut token);
        reading
    }

    /// A text whose escapes begin after the prefix.
    fn escaped_later(&self, text: &[u8], token: &mut [u8; MAX_TOKEN_BYTES]) -> Reading {
        let tail = text.iter().skip(self.prefix.as_bytes().len()).take(TAIL_BYTES);
        let mark = tail.copied().find(|byte| !byte.is_ascii_alphanumeric());
        let escape = Escape::ALL.into_iter().find(|escape| mark == Some(escape.mark()));
        escape.map_or(Reading::Nothing, |escape| self.unescape(escape, text, token))
    }

    fn unescape(&self, escape: Escape, text: &[u8], token: &mut [u8; MAX_TOKEN_BYTES]) -> Reading {
        let mut len = 0;
        for place in token.iter_mut().take(self.prefix.token_bytes()) {
            match escape.unit(text.get(len..).unwrap_or_default()) {
                Some(Unit::Byte(byte, more)) if byte == b'_' || byte.is_ascii_alphanumeric() => {
                    *place = byte;
                    len += more;
                }
                Some(Unit::Byte(..)) => return Reading::Nothing,
                Some(Unit::Incomplete) | None => return Reading::Incomplete,
            }
        }
        self.named(token, len)
    }

    /// A token if it is one of this prefix.
    fn named(&self, token: &[u8; MAX_TOKEN_BYTES], len: usize) -> Reading {
        let token = token.get(..self.prefix.token_bytes()).unwrap_or_default();
        match token.starts_with(self.prefix.as_bytes()) && format::check(token).is_ok() {
            true => Reading::Token(TokenId::of(token), len),
            false => Reading::Nothing,
        }
    }
}

/// A prefix with its `_` escaped, or all of it; each with digits of either case.
fn escaped(escape: Escape, prefix: &Prefix) -> [Vec<u8>; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(all, capital)| {
        let is_escaped = |byte: u8| all || byte == b'_';
        let bytes = prefix.as_bytes().iter();
        bytes.flat_map(|byte| spell(escape, *byte, is_escaped(*byte), capital)).collect()
    })
}

fn spell(escape: Escape, byte: u8, is_escaped: bool, capital: bool) -> Vec<u8> {
    let digits = match capital {
        true => std::format!("{byte:02X}"),
        false => std::format!("{byte:02x}"),
    };
    match escape {
        _ if !is_escaped => std::vec![byte],
        Escape::Backslash => std::format!("\\u00{digits}").into_bytes(),
        Escape::Percent => std::format!("%{digits}").into_bytes(),
    }
}
