//! Why there is no token, in words of ours.

use std::{borrow::Cow, error::Error, fmt};

use crate::Failure;

/// A sentence that has no byte of a token. Its `Debug` is the sentence too.
pub(crate) struct Words(Cow<'static, str>);

impl Words {
    pub(crate) const fn new(words: &'static str) -> Self {
        Self(Cow::Borrowed(words))
    }

    pub(crate) fn owned(words: String) -> Self {
        Self(Cow::Owned(words))
    }

    pub(crate) fn transient(self) -> Failure {
        Failure::transient(self)
    }

    #[cfg(feature = "oauth")]
    pub(crate) fn permanent(self) -> Failure {
        Failure::permanent(self)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Words {}
