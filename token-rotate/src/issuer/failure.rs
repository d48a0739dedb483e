//! Why an issuer gave no token.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use token_core::ErrorKind;

/// Why an issuer gave no token, or did not end one.
///
/// The cause is shown to people and kept as the last error, so it must not hold a byte of a token.
#[derive(Clone)]
pub enum Failure {
    /// Another try may succeed: the server is down, the network is slow.
    Transient {
        /// What happened.
        cause: Arc<dyn Error + Send + Sync>,
        /// How long the issuer asks to wait, as an HTTP server does with `Retry-After` (RFC 9110 section 10.2.3). The caller waits
        /// that long, but never so long that the token which is held expires without another try.
        retry_after: Option<Duration>,
    },
    /// No other try succeeds before somebody mends something: the credentials are wrong, the account is gone.
    Final {
        /// What happened.
        cause: Arc<dyn Error + Send + Sync>,
    },
}

impl Failure {
    /// Another try may succeed.
    pub fn transient(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Transient { cause: cause.into().into(), retry_after: None }
    }

    /// Somebody has to mend something first.
    pub fn permanent(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Final { cause: cause.into().into() }
    }

    /// How long the issuer asks to wait. A final failure stays as it is.
    #[must_use]
    pub fn retry_after(self, pause: impl Into<Option<Duration>>) -> Self {
        match self {
            Self::Transient { cause, .. } => Self::Transient { cause, retry_after: pause.into() },
            Self::Final { .. } => self,
        }
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &Arc<dyn Error + Send + Sync> {
        match self {
            Self::Transient { cause, .. } | Self::Final { cause } => cause,
        }
    }

    /// Whether somebody has to mend something first.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Final { .. })
    }
}

/// An error of a source of token-core. Only what no later try can change is final: the policy names no source, or this system does
/// not have it. A file or a helper may be there the next time.
impl From<token_core::Error> for Failure {
    fn from(error: token_core::Error) -> Self {
        match error.kind() {
            ErrorKind::NoSource | ErrorKind::Unsupported => Self::permanent(error),
            _ => Self::transient(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transient { cause, retry_after } => f
                .debug_struct("Transient")
                .field("cause", cause)
                .field("retry_after", retry_after)
                .finish(),
            Self::Final { cause } => f.debug_struct("Final").field("cause", cause).finish(),
        }
    }
}
