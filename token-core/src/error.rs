//! One opaque error outside; inside, one small enum per room.
//!
//! Plain data only: names from the policy, counts, positions, paths. Never a
//! byte of a token, and no text that came from outside with one.

#[cfg(feature = "audit")]
mod fault;
#[cfg(feature = "std")]
mod loading;
mod refusal;

use alloc::boxed::Box;
use core::fmt;

#[cfg(feature = "audit")]
pub(crate) use fault::{Fault, FaultProblem};
#[cfg(feature = "std")]
pub(crate) use loading::{Loading, Place, Problem};
pub(crate) use refusal::{Drift, Refusal};

/// Why a token was not loaded, not admitted, not exposed or not recorded.
///
/// The message names the place and the next step. Neither `Display` nor
/// `Debug` nor any [`source`](core::error::Error::source) holds a byte of what
/// was loaded. Match on [`kind`](Self::kind); the wording is not part of the
/// interface.
pub struct Error(Box<Cause>);

enum Cause {
    #[cfg(feature = "audit")]
    Fault(Fault),
    #[cfg(feature = "std")]
    Loading(Loading),
    Refusal(Refusal),
}

/// What went wrong, for a program to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    // Admission and exposure.
    /// The grant has a scope that the kind does not.
    ExcessScope,
    /// The token has expired, by the wall clock or by the monotonic clock.
    Expired,
    /// The token may live longer than its kind allows.
    LifetimeTooLong,
    /// The text is not a token: empty, or with a byte no token can have.
    Malformed,
    /// The text is not a token id.
    MalformedId,
    /// The grant's scope list does not follow RFC 6749 section 3.3.
    MalformedScope,
    /// The kind lists a scope that the grant lacks.
    MissingScope,
    /// The grant does not say when the token expires.
    NoExpiry,
    /// The token is not valid yet.
    NotYetValid,
    /// The token was issued under another policy than the compiled one.
    PolicyMismatch,
    /// The token is meant for somebody else.
    WrongAudience,
    /// The token has not the format of its kind: it may be one of another kind.
    WrongFormat,

    // Loading.
    /// A field stands in the document twice.
    DuplicateField,
    /// The helper command failed.
    HelperFailed,
    /// The policy file has mistakes.
    InvalidPolicy,
    /// The operating system refused to read.
    Io,
    /// The issuer answered with an error instead of a token.
    IssuerRefused,
    /// The field is not in the document.
    MissingField,
    /// The policy does not say what tokens of the kind begin with.
    NoFormat,
    /// The policy does not say where tokens of the kind come from.
    NoSource,
    /// The deployed policy is another one than the compiled.
    PolicyDrift,
    /// The path leads to a directory, a pipe or a device.
    NotAFile,
    /// There is no such file, variable or credential.
    NotFound,
    /// Other threads run, so the environment cannot be changed safely.
    OtherThreads,
    /// The file may be read or written by more users than the policy allows, or belongs to another one.
    ReadableByOthers,
    /// The document does not parse.
    Syntax,
    /// The helper command, or the audit log, took too long.
    Timeout,
    /// The source holds more bytes than any token has, or an event more than a record may.
    TooLong,
    /// The field holds something else than a string, or a string with escapes.
    WrongType,

    // The audit log.
    /// The proof does not lead to the checkpoint's root.
    InvalidProof,
    /// The checkpoint is not signed with the expected key.
    InvalidSignature,
    /// More events wait than the disk keeps up with.
    LogBusy,
    /// The log was closed.
    LogClosed,
    /// The log's files are not what its checkpoint says.
    LogDamaged,
    /// Going on would sign a second history beside the one that is known.
    LogForked,
    /// There is no space for further records.
    LogFull,
    /// Another writer has the log open.
    LogLocked,
    /// A write failed earlier, or the log's thread panicked, so nothing more can be promised durable.
    LogPoisoned,
    /// The text is not a signing or verifying key.
    MalformedKey,
}

impl ErrorKind {
    /// The variant's name, as an audit record has it. It stays the same in later versions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExcessScope => "ExcessScope",
            Self::Expired => "Expired",
            Self::LifetimeTooLong => "LifetimeTooLong",
            Self::Malformed => "Malformed",
            Self::MalformedId => "MalformedId",
            Self::MalformedScope => "MalformedScope",
            Self::MissingScope => "MissingScope",
            Self::NoExpiry => "NoExpiry",
            Self::NotYetValid => "NotYetValid",
            Self::PolicyMismatch => "PolicyMismatch",
            Self::WrongAudience => "WrongAudience",
            Self::WrongFormat => "WrongFormat",
            Self::DuplicateField => "DuplicateField",
            Self::HelperFailed => "HelperFailed",
            Self::InvalidPolicy => "InvalidPolicy",
            Self::Io => "Io",
            Self::IssuerRefused => "IssuerRefused",
            Self::MissingField => "MissingField",
            Self::NoFormat => "NoFormat",
            Self::NoSource => "NoSource",
            Self::PolicyDrift => "PolicyDrift",
            Self::NotAFile => "NotAFile",
            Self::NotFound => "NotFound",
            Self::OtherThreads => "OtherThreads",
            Self::ReadableByOthers => "ReadableByOthers",
            Self::Syntax => "Syntax",
            Self::Timeout => "Timeout",
            Self::TooLong => "TooLong",
            Self::WrongType => "WrongType",
            Self::InvalidProof => "InvalidProof",
            Self::InvalidSignature => "InvalidSignature",
            Self::LogBusy => "LogBusy",
            Self::LogClosed => "LogClosed",
            Self::LogDamaged => "LogDamaged",
            Self::LogForked => "LogForked",
            Self::LogFull => "LogFull",
            Self::LogLocked => "LogLocked",
            Self::LogPoisoned => "LogPoisoned",
            Self::MalformedKey => "MalformedKey",
        }
    }
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            #[cfg(feature = "audit")]
            Cause::Fault(fault) => fault.kind(),
            #[cfg(feature = "std")]
            Cause::Loading(loading) => loading.kind(),
            Cause::Refusal(refusal) => refusal.kind(),
        }
    }

    /// Says which log it is about, if that is not said yet.
    #[cfg(feature = "audit")]
    pub(crate) fn of_log(mut self, path: &std::path::Path) -> Self {
        if let Cause::Fault(fault) = &mut *self.0 {
            fault.log.get_or_insert_with(|| path.to_owned());
        }
        self
    }

    /// Whether a fresh token would help: this one has expired.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.kind() == ErrorKind::Expired
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            #[cfg(feature = "audit")]
            Cause::Fault(fault) => fault.fmt(f),
            #[cfg(feature = "std")]
            Cause::Loading(loading) => loading.fmt(f),
            Cause::Refusal(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            #[cfg(feature = "audit")]
            Cause::Fault(fault) => fmt::Debug::fmt(fault, f),
            #[cfg(feature = "std")]
            Cause::Loading(loading) => fmt::Debug::fmt(loading, f),
            Cause::Refusal(refusal) => fmt::Debug::fmt(refusal, f),
        }
    }
}

impl core::error::Error for Error {}

#[cfg(feature = "audit")]
impl From<Fault> for Error {
    #[cold]
    fn from(fault: Fault) -> Self {
        Self(Box::new(Cause::Fault(fault)))
    }
}

#[cfg(feature = "std")]
impl From<Loading> for Error {
    fn from(loading: Loading) -> Self {
        Self(Box::new(Cause::Loading(loading)))
    }
}

impl From<Refusal> for Error {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self(Box::new(Cause::Refusal(refusal)))
    }
}
