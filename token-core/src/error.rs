//! One opaque error outside; inside, one small enum per room.
//!
//! Plain data only: names from the policy, counts, positions, paths. Never a
//! byte of a token, and no text that came from outside with one.

#[cfg(feature = "std")]
mod loading;
mod refusal;

use alloc::boxed::Box;
use core::fmt;

#[cfg(feature = "std")]
pub(crate) use loading::{Loading, Place, Problem};
pub(crate) use refusal::{Drift, Refusal};

/// Why a token was not loaded, not admitted or not exposed.
///
/// The message names the place and the next step. Neither `Display` nor
/// `Debug` nor any [`source`](core::error::Error::source) holds a byte of what
/// was loaded. Match on [`kind`](Self::kind); the wording is not part of the
/// interface.
pub struct Error(Box<Cause>);

enum Cause {
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
    /// The helper command took too long.
    Timeout,
    /// The source holds more bytes than any token has.
    TooLong,
    /// The field holds something else than a string, or a string with escapes.
    WrongType,
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            #[cfg(feature = "std")]
            Cause::Loading(loading) => loading.kind(),
            Cause::Refusal(refusal) => refusal.kind(),
        }
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
            #[cfg(feature = "std")]
            Cause::Loading(loading) => loading.fmt(f),
            Cause::Refusal(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            #[cfg(feature = "std")]
            Cause::Loading(loading) => fmt::Debug::fmt(loading, f),
            Cause::Refusal(refusal) => fmt::Debug::fmt(refusal, f),
        }
    }
}

impl core::error::Error for Error {}

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
