//! A function as an issuer.

use std::fmt;

use token_core::TokenKind;

use crate::{Attempt, Failure, Fetched, Issuer};

/// A function as an [`Issuer`], for a source that is not in the policy: any function of [`token_core::source`], a field of a config
/// file, a token response.
///
/// ```
/// use std::time::Duration;
/// use token_core::{Grant, UtcDateTime, source};
/// use token_rotate::{Attempt, Failure, Fetched, FromFn};
///
/// let variable = FromFn::new(|_: &Attempt| {
///     let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
///     Ok(Fetched::new(source::env("GITHUB_TOKEN")?, grant))
/// });
/// ```
#[derive(Clone)]
pub struct FromFn<F>(F);

impl<F> FromFn<F>
where
    F: Fn(&Attempt) -> Result<Fetched, Failure> + Send + Sync,
{
    /// The issuer whose fetch is this function.
    pub const fn new(fetch: F) -> Self {
        Self(fetch)
    }
}

impl<K, F> Issuer<K> for FromFn<F>
where
    K: TokenKind,
    F: Fn(&Attempt) -> Result<Fetched, Failure> + Send + Sync,
{
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        (self.0)(attempt)
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn")
    }
}
