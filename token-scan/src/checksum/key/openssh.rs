//! Reads private keys of OpenSSH: <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>

use super::State;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Reads a key, or returns `None` if the bytes are no key of OpenSSH.
///
/// A key of a security token (`sk-...`) holds only the handle by which the token knows it.
pub(super) fn read(key: &[u8]) -> Option<State> {
    let mut rest = Rest(key.strip_prefix(MAGIC)?);
    let (cipher, _function, _options) = (rest.text()?, rest.text()?, rest.text()?);
    let keys = rest.number()?;
    if keys == 0 || keys > 64 {
        return None;
    }
    let public = Rest(rest.text()?).text()?;
    for _ in 1..keys {
        rest.text()?;
    }
    let secret = rest.text()?;
    if public.starts_with(b"sk-") {
        return Some(State::Empty);
    }
    if cipher != b"none" {
        return Some(State::Locked);
    }
    let mut secret = Rest(secret);
    // The same number stands here twice, so that a wrong passphrase is noticed.
    let checked = secret.number()? == secret.number()?;
    let kind = secret.text()?;
    (checked && kind == public).then_some(State::Open)
}

/// What is left to be read.
struct Rest<'k>(&'k [u8]);

impl<'k> Rest<'k> {
    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    /// Reads a text, which stands behind its length.
    fn text(&mut self) -> Option<&'k [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }
}
