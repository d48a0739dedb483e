//! Makes a new token of our own format.

use token_core::{Secret, TokenId, TokenKind, scope::CompiledKind, wipe};
use token_policy::format::{self, Prefix};

use crate::error::{Cause, Error};

/// Makes a new token of kind `K`. It consists of the prefix that the policy gives the kind, 178.6 bits of the operating
/// system's entropy, and the checksum. It always has an [id](token_core::TokenId::of).
///
/// The token is known to no registry yet: the issuer has to store its [id](token_core::TokenId) or its hash. The
/// [crate's page](crate) has an example.
///
/// # Errors
///
/// Fails with [`NoFormat`](crate::ErrorKind::NoFormat) if the policy gives the kind no `format`, and with
/// [`Io`](crate::ErrorKind::Io) if the operating system has no entropy.
pub fn generate<K: TokenKind>() -> Result<Secret, Error> {
    generated(K::COMPILED)
}

/// Makes a new token of a kind that is known at run time.
pub(crate) fn generated(kind: &'static CompiledKind) -> Result<Secret, Error> {
    let prefix = kind.format.and_then(|format| Prefix::parse(format.name()).ok());
    let prefix = prefix.ok_or(Cause::NoFormat { kind: kind.name })?;
    loop {
        if let Some(token) = drawn(&prefix)? {
            return Ok(token);
        }
    }
}

/// Makes a token. Returns `None` if the entropy did not suffice, which happens once in 2^115 calls, or if the token has
/// no id because it looks guessable by chance, which happens once in some ten thousand calls.
fn drawn(prefix: &Prefix) -> Result<Option<Secret>, Error> {
    let entropy =
        Secret::fill(format::ENTROPY_BYTES, getrandom::fill).map_err(Cause::no_entropy)?;
    let token = entropy.with_bytes("becomes the random part of a new token", |entropy| {
        Secret::fill(prefix.token_bytes(), |token| format::compose(prefix, entropy, token))
    });
    // The token went through the vector registers while the checksum was computed, and in a debug build over the stack.
    wipe::stack();
    wipe::registers();
    let has_id = |token: &Secret| token.with_bytes("whether it has an id", TokenId::of).is_some();
    Ok(token.ok().filter(has_id))
}
