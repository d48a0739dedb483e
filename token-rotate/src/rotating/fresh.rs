//! Waits for a valid token in a future.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use token_core::Reusable;

use super::{Loan, Shared, shared::Seat};
use crate::{Error, ErrorKind};

/// The future of [`Rotating::fresh`](super::Rotating::fresh).
#[must_use = "a future does nothing unless it is awaited"]
pub struct Fresh<'r, K: Reusable> {
    shared: &'r Shared<K>,
    seat: Seat<'r, K>,
    /// How many fetches had ended when it began to wait.
    seen: Option<u64>,
}

impl<'r, K: Reusable> Fresh<'r, K> {
    pub(super) fn new(shared: &'r Shared<K>) -> Self {
        Self { shared, seat: shared.seat(), seen: None }
    }

    /// Fails also with a fetch that has ended already.
    #[cfg(feature = "tokio")]
    pub(super) fn first(self) -> Self {
        Self { seen: Some(0), ..self }
    }
}

impl<'r, K: Reusable> Future for Fresh<'r, K> {
    type Output = Result<Loan<'r, K>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let usable = || self.shared.usable().map(|guard| Poll::Ready(Ok(Loan::new(guard))));
        if let Some(ready) = usable() {
            return ready;
        }
        // Says that somebody asks. Only then is a seat taken, since that wakes all who have one.
        let mut error = self.shared.unusable();
        let (verdicts, last, is_closed) = {
            let mut state = self.shared.lock();
            self.seat.take(&mut state, context.waker());
            (state.verdicts, state.last_error.clone(), state.is_closed)
        };
        // What has come before the seat was taken wakes nobody: neither a token nor the end.
        if let Some(ready) = usable() {
            return ready;
        }
        if is_closed {
            error = self.shared.unusable();
        }
        let seen = *self.seen.get_or_insert(verdicts);
        match given_up(error, verdicts != seen, last) {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Pending,
        }
    }
}

/// The error with which it makes no sense to wait any longer. `is_news` says whether a fetch has ended since the wait began.
fn given_up(now: Error, is_news: bool, last: Option<Error>) -> Option<Error> {
    if now.kind() == ErrorKind::Closed {
        return Some(now);
    }
    last.filter(|last| is_news || last.is_settled(&now))
}

impl<K: Reusable> fmt::Debug for Fresh<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").finish_non_exhaustive()
    }
}
