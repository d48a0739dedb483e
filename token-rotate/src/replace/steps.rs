//! Defines the steps of a replacement.

use std::{fmt, time::Duration};

use token_core::{Secret, UtcDateTime};
use token_policy::lock::Handle;

/// The steps of a replacement, for one slot. All of them may be called by several runs, in any order, and again.
///
/// # Errors
///
/// A step that failed may have had its effect all the same. Its words are shown, so they have no byte of a token.
pub trait Steps {
    /// Takes the slot for this run, or holds it for longer if this run has it. It is called before each step that has an effect.
    /// A claim ends by itself, so that another run can go on where this one was killed.
    fn claim(&mut self) -> Result<Claim, StepFailure>;

    /// Lists every live token that was created for the slot; the current one too, if it was created so. What an issuer
    /// lists late is ended by a later run.
    fn find(&mut self) -> Result<Vec<Handle>, StepFailure>;

    /// Makes a token.
    fn create(&mut self) -> Result<Created, StepFailure>;

    /// Puts the token where the consumer takes it from.
    fn set(&mut self, token: &Secret) -> Result<(), StepFailure>;

    /// Asks the consumer whether it works. With a token: with this one, which was set. Without: which token it uses.
    fn test(&mut self, token: Option<&Secret>) -> Result<Tested, StepFailure>;

    /// Ends a token at its issuer. To end one that is gone is no failure.
    fn retire(&mut self, handle: &Handle) -> Result<(), StepFailure>;
}

/// Whether this run has the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This run has it, and no other.
    Held,
    /// Another run has it.
    ByAnother,
    /// There is no such step.
    NotAsked,
}

/// A token that was created.
#[derive(Debug)]
pub struct Created {
    /// The token.
    pub secret: Secret,
    /// The issuer's name for it. Without one it is what [`Steps::find`] lists more than before.
    pub handle: Option<Handle>,
    /// When it expires.
    pub expires: Expiry,
}

/// When a token expires, as its issuer says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The issuer does not say it: when the kind's longest lifetime is over.
    Unknown,
    /// Never.
    Never,
    /// So long after the answer.
    In(Duration),
    /// At this time, by the issuer's clock.
    At(UtcDateTime),
}

/// What the consumer said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    /// Whether it works.
    pub passed: bool,
    /// The handle of the token that it uses, if it says so. A test does not pass with another token than the one that was set.
    pub in_use: Option<Handle>,
}

/// A step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailure(String);

impl StepFailure {
    /// With these words, which are shown.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StepFailure {}
