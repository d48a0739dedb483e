//! What an issuer calls a token in public.

use std::{borrow::Cow, fmt};

/// The name by which its issuer ends a token: a lease id, the number of a key. It is public: it is printed and logged, so
/// it must not be the token, nor a part of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(Cow<'static, str>);

impl Handle {
    /// The handle that the issuer gave.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The handle as the issuer gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It came from outside: control characters must not reach a terminal or a log.
        write!(f, "{}", self.0.escape_debug())
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:?})", self.0)
    }
}
