//! One try to get a token.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use token_core::TokenId;

/// One try to get a token. Clones are the same try.
#[derive(Clone)]
pub struct Attempt {
    number: u64,
    within: Duration,
    held: Option<TokenId>,
    cancelled: Arc<AtomicBool>,
}

impl Attempt {
    /// The try with this number, which may take so long. For who calls an issuer: tests, and drivers.
    #[must_use]
    pub fn new(number: u64, within: Duration) -> Self {
        Self { number, within, held: None, cancelled: Arc::default() }
    }

    /// Says which token is held now.
    #[must_use]
    pub fn holding(self, held: Option<TokenId>) -> Self {
        Self { held, ..self }
    }

    /// The number of the try: 1 for the first one since the program started. Each try has a greater one than the one before.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// How long the try may take. After that its answer is awaited no longer, and another try may begin.
    #[must_use]
    pub const fn within(&self) -> Duration {
        self.within
    }

    /// The id of the token that is held now, and that may be still valid. `None` if there is none, or if it could be guessed
    /// ([`TokenId::of`]).
    #[must_use]
    pub const fn held(&self) -> Option<TokenId> {
        self.held
    }

    /// Whether nobody waits for the answer any more: it took too long, or the service is about to end. An issuer that waits
    /// looks now and then, and ends what it has started, such as a child process.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// The flag behind [`is_cancelled`](Self::is_cancelled), for a function that looks at one while it waits.
    #[must_use]
    pub fn cancelled(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Tells the issuer that nobody waits any more.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("number", &self.number)
            .field("within", &self.within)
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
