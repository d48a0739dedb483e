//! Says why there is no token.

use std::{error, fmt, sync::Arc, time::Duration};

/// Says why there is no token to use, or why keeping one fresh could not begin or end.
///
/// The message names the kind and says what to do, and holds no byte of a token. Match on [`kind`](Self::kind); the wording is not
/// part of the interface. `{:#}` adds what the issuer said, and `Debug` too. Clones are cheap: many callers get the same error.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    token: &'static str,
    cause: Option<Arc<dyn error::Error + Send + Sync>>,
    /// Until the next try.
    next: Option<Duration>,
}

/// Declares the kinds, each with its own name.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $says:literal,)*) => {
        /// Says what went wrong, for a program to decide on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// The variant's name. It stays the same in later versions.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }

            const fn says(self) -> &'static str {
                match self {
                    $(Self::$kind => $says,)*
                }
            }
        }
    };
}

kinds! {
    // There is no token now.
    /// It was closed.
    Closed: "is not kept fresh any more, since it was closed",
    /// No token was fetched yet.
    Empty: "was not fetched yet",
    /// The token has expired, and no other one was fetched.
    Expired: "has expired, and no other one was fetched",
    /// A server has rejected the token, and no other one was fetched.
    Rejected: "was rejected by a server, and no other one was fetched",
    /// Somebody who leased the token has ended it, and no other one was fetched.
    Ended: "was ended, and no other one was fetched",

    // A fetch.
    /// The issuer gave no token, and may give one later.
    NotFetched: "could not be fetched",
    /// The issuer gives no token before somebody mends something.
    Refused: "is refused by its issuer; mend what it says, then ask again",
    /// The issuer gave something that the policy does not admit.
    NotAdmitted: "was fetched, and not admitted",
    /// The issuer did not answer in time.
    Late: "was not fetched in time",
    /// The source has no other token than the one that was to be replaced.
    Unchanged: "is to be replaced, and its source has no other one yet; look whether whoever writes it still runs",

    // Starting, waiting, closing.
    /// The operating system has no thread.
    NoThread: "cannot be kept fresh, since the system gives no thread; raise its limit",
    /// There is no tokio runtime here.
    NoRuntime: "cannot be kept fresh by tasks, since no tokio runtime runs here; call it inside of one, or use `start`",
    /// There was no valid token within the time.
    Timeout: "was not there within the time that was given",
    /// What was started has not ended within the time. It ends later; the tokens are wiped.
    Hung: "is wiped, but a call of its issuer has not ended within the time that was given",
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, token: &'static str) -> Self {
        Self(Arc::new(Inner { kind, token, cause: None, next: None }))
    }

    #[cold]
    pub(crate) fn because(
        kind: ErrorKind,
        token: &'static str,
        cause: Arc<dyn error::Error + Send + Sync>,
    ) -> Self {
        Self(Arc::new(Inner { kind, token, cause: Some(cause), next: None }))
    }

    /// The same, caused by what the last fetch said, with the time until the next try.
    #[cold]
    pub(crate) fn after(
        kind: ErrorKind,
        token: &'static str,
        last: Option<&Self>,
        next: Option<Duration>,
    ) -> Self {
        let cause = last.map(|last| Arc::new(last.clone()) as Arc<dyn error::Error + Send + Sync>);
        Self(Arc::new(Inner { kind, token, cause, next }))
    }

    /// Returns what went wrong, for a program to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// How long until a token is fetched again, as it looked when the error was made: for a `Retry-After`. `None` if nothing is known,
    /// or a fetch is under way.
    #[must_use]
    pub fn next_try(&self) -> Option<Duration> {
        self.0.next
    }

    /// Whether this is the word of the last fetch that somebody has to mend something, and no other fetch is near. `now` is why there is
    /// no token now.
    pub(crate) fn is_settled(&self, now: &Self) -> bool {
        self.kind() == ErrorKind::Refused && now.next_try().is_some_and(|next| !next.is_zero())
    }

    fn causes(&self) -> impl Iterator<Item = &(dyn error::Error + 'static)> {
        std::iter::successors(error::Error::source(self), |cause| cause.source())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token of kind `{}` {}", self.0.token, self.0.kind.says())?;
        if let Some(next) = self.0.next {
            write!(f, "; the next try is in {:.0?}", next)?;
        }
        match f.alternate() {
            true => self.causes().try_for_each(|cause| write!(f, ": {cause}")),
            false => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&format_args!("{self}"), f)?;
        self.causes().try_for_each(|cause| write!(f, "\n\nCaused by:\n    {cause}"))
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| &**cause as &(dyn error::Error + 'static))
    }
}
