//! Defines how a run ends that did not finish.

use std::fmt;

use token_policy::lock::Handle;

/// A run that did not finish. `Display` says what happened; [`help`](Self::help) what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// What it means.
    pub why: Why,
    /// In which step.
    pub step: StepName,
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What was ended before that, in this order.
    pub retired: Vec<Handle>,
}

/// What it means that a run did not finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing was asked of the issuer but questions, and one had no answer. Nothing has changed.
    NoAnswer,
    /// Another run finishes the work.
    Unfinished,
    /// Another run would end in the same way, until a person has decided.
    NeedsPerson,
}

/// A step of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepName {
    /// No other run has the slot.
    Claim,
    /// Which tokens of the slot are live.
    Find,
    /// A new token.
    Create,
    /// To where the consumer takes it from.
    Set,
    /// Whether the consumer works with it.
    Test,
    /// The slot's new lines.
    Lock,
    /// The end of a token.
    Retire,
}

impl StepName {
    /// Returns the name, as the policy has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Find => "find",
            Self::Create => "create",
            Self::Set => "set",
            Self::Test => "test",
            Self::Lock => "lock",
            Self::Retire => "retire",
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.message)
    }
}

impl std::error::Error for Stopped {}
