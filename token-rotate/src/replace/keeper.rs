//! Defines what keeps the facts that a run makes.

use std::fmt;

use token_core::UtcDateTime;
use token_policy::lock::{Handle, LockedToken, Slot};

/// Keeps the facts of a run: the audit log, and the slot's lines in the lock. Each call returns when the fact is durable.
pub trait Keeper {
    /// A token was created. Nobody has it yet. Returns the index of its record in the audit log, if there is a log.
    ///
    /// # Errors
    ///
    /// If this fails, the token is ended at its issuer, and the run stops: no record, no token.
    fn created(&mut self, token: &LockedToken) -> Result<Option<u64>, Unkept>;

    /// The slot's lines have changed.
    ///
    /// # Errors
    ///
    /// If this fails, the run stops. Another run, with the lock of before, makes a successor.
    fn changed(&mut self, slot: &Slot) -> Result<(), Unkept>;

    /// A token was ended at its issuer.
    ///
    /// # Errors
    ///
    /// If this fails, the run stops.
    fn ended(&mut self, ended: &Ended<'_>) -> Result<(), Unkept>;
}

/// A token that was ended at its issuer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ended<'e> {
    /// The issuer's name for it.
    pub handle: &'e Handle,
    /// Its facts, if the lock has them. Of what a killed run has left only the handle is known.
    pub token: Option<&'e LockedToken>,
    /// The token that the consumer uses in its place, if this run made one.
    pub successor: Option<&'e LockedToken>,
    /// When it was ended.
    pub at: UtcDateTime,
}

/// A fact could not be kept. The words say why, and name the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unkept(String);

impl Unkept {
    /// With these words, which are shown.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Unkept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unkept {}
