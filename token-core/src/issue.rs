//! Making tokens of our own format, that of [`token_policy::format`].
//!
//! It imports `secret`, `scope` and `error`; what verifies and narrows tokens will stand here too.

use token_policy::format::{self, Prefix};

use crate::{
    Error, Secret, TokenKind,
    error::{Place, Problem},
    secret::registers::wipe_registers,
};

/// A new token of kind `K`: the prefix that the policy gives the kind, 178.6 bits of the operating system's entropy, and
/// the checksum.
///
/// Nobody knows it yet, and nothing stands behind it: whoever issues it keeps its [id](crate::TokenId) or its hash.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use token_core::{Scope, TokenKind, issue};
///
/// #[derive(Scope)]
/// #[scope("deploy:run")]
/// enum DeployRun {}
///
/// #[derive(TokenKind)]
/// #[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "15m", format = "acme_deploy")]
/// enum Deploy {}
///
/// let secret = issue::generate::<Deploy>()?;
/// println!("{secret:?}"); // Secret([redacted])
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`NoFormat`](crate::ErrorKind::NoFormat) if the policy gives the kind no `format`, [`Io`](crate::ErrorKind::Io) if the
/// operating system has no entropy.
pub fn generate<K: TokenKind>() -> Result<Secret, Error> {
    let kind = K::COMPILED;
    let prefix =
        kind.format.ok_or_else(|| Place::Kind { name: kind.name }.problem(Problem::NoFormat))?;
    loop {
        if let Some(token) = drawn(&prefix)? {
            return Ok(token);
        }
    }
}

/// A token, unless the entropy did not suffice, which happens once in 2^115.
fn drawn(prefix: &Prefix) -> Result<Option<Secret>, Error> {
    let entropy = Secret::random(format::ENTROPY_BYTES)?;
    let mut token = Secret::zeroed(prefix.token_bytes());
    let composed = format::compose(prefix, entropy.bytes(), token.bytes_mut());
    // The checksum was computed through them.
    wipe_registers();
    Ok(composed.is_ok().then_some(token))
}
