//! On whose behalf a token acts.

use alloc::sync::Arc;
use core::fmt;

/// On whose behalf a token acts, in the issuer's words: a user, a job, a service. Never a token.
///
/// Up to 32 bytes stand in the value itself, so that a verifier that answers from memory allocates nothing.
#[derive(Clone)]
pub struct Subject(Text);

#[derive(Clone)]
enum Text {
    Inline { len: u8, bytes: [u8; INLINE] },
    Shared(Arc<str>),
}

impl Subject {
    /// The text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Inline { len, bytes } => {
                let text = bytes.get(..usize::from(*len)).unwrap_or_default();
                // Only whole texts are put in, so the fallback is never taken.
                core::str::from_utf8(text).unwrap_or_default()
            }
            Text::Shared(text) => text,
        }
    }
}

impl From<&str> for Subject {
    #[inline]
    fn from(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(to), Ok(len)) => {
                to.copy_from_slice(text.as_bytes());
                Self(Text::Inline { len, bytes })
            }
            _ => Self(Text::Shared(text.into())),
        }
    }
}

impl From<Arc<str>> for Subject {
    fn from(text: Arc<str>) -> Self {
        Self(Text::Shared(text))
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Subject {}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

const INLINE: usize = 32;
