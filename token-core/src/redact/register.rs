//! The handle of a registered value, and which values may be registered.

use core::fmt;
use std::sync::Arc;

use super::{
    foreign::{Entry, WINDOW},
    shared::Shared,
};
use crate::TokenId;

/// A value that is masked until this is dropped.
///
/// Keep it beside the token. A value that was registered twice is masked until both are dropped.
#[must_use = "the value is masked only until this is dropped"]
pub struct Registered {
    shared: Arc<Shared>,
    entry: Entry,
}

impl Registered {
    pub(super) fn new(shared: Arc<Shared>, entry: Entry) -> Self {
        Self { shared, entry }
    }

    /// The id of the token that the value is.
    #[must_use]
    pub fn id(&self) -> TokenId {
        self.entry.label.id
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.remove(&self.entry);
    }
}

/// What the output shows in the place of the value.
impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entry.label.fmt(f)
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registered({self})")
    }
}

/// Why a value was not registered. Has nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// It has a byte that no token has (RFC 6749 appendix A.12): white space, a control character, or one beyond ASCII.
    Form,
    /// It has fewer than eight different bytes, so it is easily guessed.
    Guessable,
    /// The name is not that of a token kind.
    Kind,
    /// It is longer than 64 KiB.
    TooLong,
    /// It is shorter than 16 bytes.
    TooShort,
}

impl Unfit {
    pub(super) fn check(value: &[u8]) -> Result<(), Unfit> {
        match value.len() {
            ..WINDOW => return Err(Unfit::TooShort),
            WINDOW..=MAX_BYTES => {}
            _ => return Err(Unfit::TooLong),
        }
        if !value.iter().all(u8::is_ascii_graphic) {
            return Err(Unfit::Form);
        }
        let different = value.iter().fold(0_u128, |seen, byte| seen | 1 << byte).count_ones();
        if different < MIN_DIFFERENT {
            return Err(Unfit::Guessable);
        }
        Ok(())
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unfit::Form => "the value has a byte that no token has",
            Unfit::Guessable => {
                "the value has fewer than 8 different bytes, so it is easily guessed"
            }
            Unfit::Kind => "a token kind's name is lowercase words joined by hyphens",
            Unfit::TooLong => "the value is longer than 65536 bytes",
            Unfit::TooShort => "the value is shorter than 16 bytes",
        })
    }
}

impl core::error::Error for Unfit {}

/// As many as a source yields.
const MAX_BYTES: usize = 64 * 1024;

/// Sixteen random hexadecimal digits have more but for one time in a hundred, sixteen random letters always.
const MIN_DIFFERENT: u32 = 8;
