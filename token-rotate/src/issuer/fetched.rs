//! What a fetch brings.

use std::fmt;

use token_core::{Grant, Secret};

use super::Handle;

/// What a fetch brings: a secret, what the issuer says about it, and a [handle](Handle) by which it can be ended.
///
/// Dropping it wipes the secret.
#[must_use = "a token that is fetched and dropped is lost"]
pub struct Fetched(Parts);

/// A token, or the news that there is no other one.
pub(crate) enum Parts {
    New { secret: Secret, grant: Box<Grant>, handle: Option<Handle> },
    Unchanged,
}

impl Fetched {
    /// A token that has just been fetched.
    ///
    /// The same token may come twice, as from a command that keeps its own: then it is not admitted again, unless its grant ends
    /// later than before.
    pub fn new(secret: Secret, grant: Grant) -> Self {
        Self(Parts::New { secret, grant: Box::new(grant), handle: None })
    }

    /// The source still has the token that it gave last. This is no failure, and no news. An answer for an issuer that can tell
    /// cheaply, such as one that [polls](super::Issuer::poll_every) a file.
    pub fn unchanged() -> Self {
        Self(Parts::Unchanged)
    }

    /// The name by which the issuer ends this token. When the token is replaced, [`retire`](super::Issuer::retire) gets it.
    pub fn handle(self, handle: impl Into<Option<Handle>>) -> Self {
        match self.0 {
            Parts::New { secret, grant, .. } => {
                Self(Parts::New { secret, grant, handle: handle.into() })
            }
            Parts::Unchanged => self,
        }
    }

    /// The secret and its grant, for a test of an issuer. `None` if it is [unchanged](Self::unchanged).
    #[must_use]
    pub fn into_secret(self) -> Option<(Secret, Grant, Option<Handle>)> {
        match self.0 {
            Parts::New { secret, grant, handle } => Some((secret, *grant, handle)),
            Parts::Unchanged => None,
        }
    }

    pub(crate) fn into_parts(self) -> Parts {
        self.0
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Parts::New { grant, handle, .. } => f
                .debug_struct("Fetched")
                .field("grant", grant)
                .field("handle", handle)
                .finish_non_exhaustive(),
            Parts::Unchanged => f.write_str("Fetched(unchanged)"),
        }
    }
}
