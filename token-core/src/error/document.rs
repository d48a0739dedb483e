//! Why a document gave no token.

use core::fmt;

use super::ErrorKind;

/// A problem of a config file or of a token response. It holds no text that was read.
#[derive(Debug)]
pub(crate) enum InDocument {
    BadEscape,
    DuplicateField,
    MissingField,
    /// Of the body only its look is told, such as "an HTML page".
    #[cfg(feature = "json")]
    NotJson {
        but: &'static str,
    },
    Syntax,
    Taken,
    WrongType {
        expected: &'static str,
    },
}

impl InDocument {
    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::BadEscape | Self::Syntax => ErrorKind::Syntax,
            #[cfg(feature = "json")]
            Self::NotJson { .. } => ErrorKind::Syntax,
            Self::DuplicateField => ErrorKind::DuplicateField,
            Self::MissingField | Self::Taken => ErrorKind::MissingField,
            Self::WrongType { .. } => ErrorKind::WrongType,
        }
    }
}

impl fmt::Display for InDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateField => f.write_str("written twice in the document; keep one"),
            Self::BadEscape => f.write_str("has an escape that its syntax does not have; write the character itself"),
            Self::MissingField => f.write_str("not in the document; check its name"),
            Self::Syntax => f.write_str("the document does not parse from here on; look for a missing quote or bracket before it, too"),
            Self::Taken => f.write_str("this token was taken before; take it once and share it in an `Arc`"),
            Self::WrongType { expected } => write!(f, "expected {expected}"),
            #[cfg(feature = "json")]
            Self::NotJson { but } => write!(f, "the answer is not a JSON object but {but}"),
        }
    }
}
