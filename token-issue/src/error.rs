//! Says why a token was not made, narrowed or revoked.

mod cause;

use std::{error, fmt};

use crate::row::Unfit;
pub(crate) use cause::{Cause, Place};

/// Says why a token was not made, narrowed or revoked.
///
/// The message names the place and says what to do, and holds no byte of a token. Match on [`kind`](Self::kind); the wording
/// is not part of the interface. `{:#}` adds what the log said.
pub struct Error(Box<Cause>);

/// Declares the kinds, each with its own name.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// Says what went wrong, for a program to decide on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// The variant's name, as an audit record has it. It stays the same in later versions.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }
        }
    };
}

kinds! {
    // What was asked for.
    /// The token's kind does not carry the scope.
    ExcessScope,
    /// The lifetime is longer than the kind's maximum.
    LifetimeTooLong,
    /// The lifetime is shorter than a second.
    LifetimeTooShort,
    /// The policy gives the kind no `format`, so its tokens have no prefix.
    NoFormat,
    /// The policy gives the kind no maximum lifetime, and none was asked for.
    NoLifetime,
    /// The token would have no scope.
    NoScope,
    /// A pepper has too few bytes.
    ShortPepper,
    /// A subject or an audience has too many bytes.
    TooLong,
    /// The token may not be narrowed like this. [`Error::unfit`] says why.
    Unfit,
    /// The kind is not one of the policy that the issuer was given.
    UnknownKind,
    /// The policy gives the kind another audience.
    WrongAudience,

    // What it needs.
    /// The issuer was closed.
    Closed,
    /// The operating system has no entropy, or no thread.
    Io,
    /// The log's records could not be read back.
    NotReadBack,
    /// The log did not put the token on record.
    NotRecorded,
    /// A row with this token id or digest is there already.
    Duplicate,
    /// The registry does not take a fact of the row, such as a time beyond what it can keep.
    Malformed,
    /// A newer version of this library has changed the registry.
    NewerSchema,
    /// The registry has lost revocations: it was restored from a backup, or it is another one.
    OtherHistory,
    /// A third pepper would make tokens unknown that are still valid.
    PepperInUse,
    /// The log or the registry did not answer within the deadline.
    Timeout,
    /// The registry cannot answer at the moment.
    Unavailable,
    /// The store cannot be a registry.
    Unsuitable,

    // At the end, so that the others keep their numbers.
    /// The issuer was started with [`only_revokes`](crate::IssuerOptions::only_revokes).
    OnlyRevokes,
}

impl Error {
    /// Returns what went wrong, for a program to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// Why the token was not narrowed, if that is what the registry or its parent's row said.
    #[must_use]
    pub fn unfit(&self) -> Option<Unfit> {
        let Cause::Unfit(unfit) = *self.0 else { return None };
        Some(unfit)
    }

    fn causes(&self) -> impl Iterator<Item = &(dyn error::Error + 'static)> {
        std::iter::successors(error::Error::source(self), |cause| cause.source())
    }
}

impl From<Cause> for Error {
    #[cold]
    fn from(cause: Cause) -> Self {
        Self(Box::new(cause))
    }
}

impl From<Unfit> for Error {
    #[cold]
    fn from(unfit: Unfit) -> Self {
        Cause::Unfit(unfit).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)?;
        match f.alternate() {
            true => self.causes().try_for_each(|cause| write!(f, ": {cause}")),
            false => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)?;
        self.causes().try_for_each(|cause| write!(f, "\n\nCaused by:\n    {cause}"))
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        let (Cause::NotRecorded(cause) | Cause::NotReadBack(cause)) = &*self.0 else { return None };
        Some(cause)
    }
}
