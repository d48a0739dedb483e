//! The crate's one public error is opaque. Behind it is one private enum for each area: loading and refusal.
//!
//! The enums hold names from the policy, counts, positions and paths. They never hold a byte of a token, nor
//! text from outside that could contain one.

#[cfg(any(feature = "json", feature = "toml"))]
mod document;
#[cfg(feature = "policy-file")]
mod drift;
#[cfg(feature = "std")]
mod failure;
mod kind;
#[cfg(feature = "std")]
mod loading;
mod refusal;

use alloc::boxed::Box;
use core::{error, fmt};

#[cfg(any(feature = "json", feature = "toml"))]
pub(crate) use document::InDocument;
#[cfg(feature = "policy-file")]
pub(crate) use drift::LockDrift;
#[cfg(all(feature = "std", unix))]
pub(crate) use failure::End;
pub use kind::ErrorKind;
#[cfg(feature = "std")]
pub(crate) use loading::{Loading, Place, Problem};
pub(crate) use refusal::{Drift, ExpiredBy, Refusal, ValidUntil};

/// Why a token was not loaded, not admitted, not exposed or not recorded.
///
/// The message names the place and the next step. Neither `Display` nor `Debug` prints a byte of what
/// was loaded. The only [`source`](core::error::Error::source) is a recorder's own error, which must
/// not hold one either. Match on [`kind`](Self::kind); the wording is not part of the interface.
///
/// `Debug` prints the message and below it the causes, because a `main` that returns an error prints its `Debug`
/// form. `{:#}` prints both in one line.
///
/// ```
/// use token_core::{Error, ErrorKind, TokenId};
///
/// let error: Error = "4f2a".parse::<TokenId>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::MalformedId);
/// assert_eq!(format!("{error:?}"), "not a token id; expected 32 lowercase hexadecimal digits");
/// ```
pub struct Error(Box<Cause>);

enum Cause {
    #[cfg(feature = "std")]
    Loading(Loading),
    NoCurrent(Box<dyn error::Error + Send + Sync>),
    NotMasked(Box<dyn error::Error + Send + Sync>),
    NotRecorded(Box<dyn error::Error + Send + Sync>),
    NotReadBack(Box<dyn error::Error + Send + Sync>),
    Refusal(Refusal),
}

impl Error {
    /// The error with which a [`Mask`](crate::Mask) says that it cannot mask a token. `cause` becomes the
    /// [`source`](core::error::Error::source), so it must not hold a byte of a token.
    #[cold]
    pub fn not_masked(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(Box::new(Cause::NotMasked(cause.into())))
    }

    /// The error with which a [recorder](crate::record::Recorder) says that it could not put an event on record.
    /// `cause` becomes the [`source`](core::error::Error::source), so it must not hold a byte of a token.
    ///
    /// ```
    /// use std::error::Error as _;
    /// use token_core::{Error, ErrorKind};
    ///
    /// let error = Error::not_recorded("the queue is full");
    /// assert_eq!(error.kind(), ErrorKind::NotRecorded);
    /// assert_eq!(error.source().unwrap().to_string(), "the queue is full");
    /// ```
    #[cold]
    pub fn not_recorded(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(Box::new(Cause::NotRecorded(cause.into())))
    }

    /// The error with which whoever keeps a token fresh ([`Current`](crate::Current)) says that there is no valid one now.
    /// `cause` becomes the [`source`](core::error::Error::source), so it must not hold a byte of a token.
    #[cold]
    pub fn no_current(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(Box::new(Cause::NoCurrent(cause.into())))
    }

    /// The error with which a [log](crate::record::Log) says that its records could not be read back. `cause` becomes
    /// the [`source`](core::error::Error::source), so it must not hold a byte of a token.
    #[cold]
    pub fn not_read_back(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(Box::new(Cause::NotReadBack(cause.into())))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            #[cfg(feature = "std")]
            Cause::Loading(loading) => loading.kind(),
            Cause::NoCurrent(_) => ErrorKind::NoCurrent,
            Cause::NotMasked(_) => ErrorKind::NotMasked,
            Cause::NotRecorded(_) => ErrorKind::NotRecorded,
            Cause::NotReadBack(_) => ErrorKind::NotReadBack,
            Cause::Refusal(refusal) => refusal.kind(),
        }
    }

    /// Whether a fresh token would help: this one has expired.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.kind() == ErrorKind::Expired
    }

    fn message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            #[cfg(feature = "std")]
            Cause::Loading(loading) => write!(f, "{loading}"),
            Cause::NoCurrent(_) => f.write_str(
                "there is no valid token now; wait for one, or mend what keeps it from coming",
            ),
            Cause::NotMasked(_) => f.write_str(
                "the token cannot be masked in output, so it was not admitted; use a longer one that nobody can guess, \
                 or an admission that does not mask",
            ),
            Cause::NotRecorded(_) => f.write_str(
                "the recorder could not confirm the record, so what needs it must not happen",
            ),
            Cause::NotReadBack(_) => f.write_str(
                "the log could not be read back, so it is not known which tokens are open",
            ),
            Cause::Refusal(refusal) => write!(f, "{refusal}"),
        }
    }

    fn causes(&self) -> impl Iterator<Item = &(dyn error::Error + 'static)> {
        core::iter::successors(error::Error::source(self), |cause| cause.source())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message(f)?;
        match f.alternate() {
            true => self.causes().try_for_each(|cause| write!(f, ": {cause}")),
            false => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message(f)?;
        self.causes().try_for_each(|cause| write!(f, "\n\nCaused by:\n    {cause}"))
    }
}

// A recorder's own error does not say so, but nothing here is changed while it is shared.
impl core::panic::UnwindSafe for Error {}
impl core::panic::RefUnwindSafe for Error {}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &*self.0 {
            #[cfg(feature = "std")]
            Cause::Loading(_) => None,
            Cause::NoCurrent(cause)
            | Cause::NotMasked(cause)
            | Cause::NotRecorded(cause)
            | Cause::NotReadBack(cause) => Some(&**cause),
            Cause::Refusal(_) => None,
        }
    }
}

#[cfg(feature = "std")]
impl From<Loading> for Error {
    #[cold]
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
