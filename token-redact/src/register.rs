//! Decides which values may be registered, and keeps them registered.

use core::fmt;
use std::sync::Arc;

use token_core::TokenId;

use super::{
    error::ErrorKind,
    foreign::{Entry, WINDOW},
    shared::Shared,
};

/// Keeps a value registered: the value is masked until this is dropped.
///
/// Keep it beside the token. A value that was registered twice is masked until both handles are dropped.
#[must_use = "the value is masked only until this is dropped"]
pub struct Registered {
    shared: Arc<Shared>,
    entry: Entry,
}

impl Registered {
    pub(super) fn new(shared: Arc<Shared>, entry: Entry) -> Self {
        Self { shared, entry }
    }

    /// Returns the id of the token that was registered. `None` if it could be guessed, see [`TokenId::of`].
    #[must_use]
    pub fn id(&self) -> Option<TokenId> {
        self.entry.label.id
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.remove(&self.entry);
    }
}

/// Writes the text that the output shows in the place of the value.
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

/// Fails if a value is no token, or is so short or plain that ordinary text would be masked.
pub(super) fn check(value: &[u8]) -> Result<(), ErrorKind> {
    match value.len() {
        ..WINDOW => return Err(ErrorKind::TooShort),
        WINDOW..=MAX_BYTES => {}
        _ => return Err(ErrorKind::TooLong),
    }
    if !value.iter().all(u8::is_ascii_graphic) {
        return Err(ErrorKind::Malformed);
    }
    let different = value.iter().fold(0_u128, |seen, byte| seen | 1 << byte).count_ones();
    match different < MIN_DIFFERENT {
        true => Err(ErrorKind::Guessable),
        false => Ok(()),
    }
}

/// The most bytes of a value, which are as many as a source of token-core loads.
const MAX_BYTES: usize = 64 * 1024;

/// The least number of different bytes in a value. Of sixteen random hexadecimal digits, fewer are different once in a
/// hundred times; of sixteen random letters practically never.
const MIN_DIFFERENT: u32 = 8;
