//! The token's text, for the time of one operation.

use core::fmt;

use super::held::Spent;
use crate::secret::vault::Reading;

/// The text of a token, exposed for one operation.
///
/// While the exposure lives, the bytes stay where they are; no method copies them. Every copy that *you* make of
/// [`as_str`](Self::as_str) is yours to wipe, so prefer `bearer_header` (feature `http`), whose buffer is wiped.
#[must_use = "an exposure that is not read has no use"]
pub struct Exposed<'t>(Holder<'t>);

enum Holder<'t> {
    /// A token that can be exposed again.
    Token(Reading<'t>),
    /// A token that was spent.
    Spent(Spent),
}

impl<'t> Exposed<'t> {
    pub(super) fn borrowed(reading: Reading<'t>) -> Self {
        Self(Holder::Token(reading))
    }

    pub(super) fn owned(spent: Spent) -> Self {
        Self(Holder::Spent(spent))
    }

    /// The token as bytes: visible ASCII, at least one.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Holder::Token(reading) => reading.bytes(),
            Holder::Spent(spent) => spent.bytes(),
        }
    }

    /// The token as text.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Admission let only visible ASCII in, so the fallback is never taken.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for Exposed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exposed([redacted])")
    }
}
