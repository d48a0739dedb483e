//! A form with secrets in it.

use std::convert::Infallible;

use form_urlencoded::byte_serialize;
use token_core::Secret;

/// `name=value` pairs as `application/x-www-form-urlencoded` (RFC 6749 appendix B), in one buffer of fixed size that is wiped.
pub(super) struct Form(Secret);

impl Form {
    pub(super) fn new() -> Self {
        Self(Secret::from(Vec::new()))
    }

    /// Copies what there is so far into a larger buffer. A form has few pairs.
    pub(super) fn add(&mut self, name: &str, value: &[u8]) {
        self.0 = self.0.with_bytes("the form so far", |before| {
            let separator: &[u8] = if before.is_empty() { b"" } else { b"&" };
            let name = byte_serialize(name.as_bytes()).map(str::as_bytes);
            let value = byte_serialize(value).map(str::as_bytes);
            let parts = [before, separator].into_iter().chain(name).chain([&b"="[..]]).chain(value);
            joined(parts)
        });
    }

    pub(super) fn into_secret(self) -> Secret {
        self.0
    }
}

/// The parts one after the other, in a buffer that never grows.
pub(super) fn joined<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Secret {
    // Pointers into the secret, and no byte of it.
    let parts: Vec<&[u8]> = parts.collect();
    let len = parts.iter().map(|part| part.len()).sum();
    let Ok(joined) = Secret::fill(len, |buffer| {
        let mut to = buffer.iter_mut();
        // As many bytes as there are.
        parts.into_iter().flatten().zip(&mut to).for_each(|(from, to)| *to = *from);
        Ok::<(), Infallible>(())
    });
    joined
}

/// One value, encoded for a form or for the user and password of a client (RFC 6749 section 2.3.1).
pub(super) fn encoded(value: &[u8]) -> Secret {
    joined(byte_serialize(value).map(str::as_bytes))
}
