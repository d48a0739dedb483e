//! Tells of each new token.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use token_core::Reusable;

use super::{Shared, shared::State};

/// Tells of each token that takes the place of another one: for what has to be made anew with each, such as a connection.
///
/// It remembers the last token that it told of. Tokens that come and go between two looks are told as one.
pub struct Changes<K: Reusable> {
    shared: Arc<Shared<K>>,
    seen: u64,
}

impl<K: Reusable> Changes<K> {
    pub(super) fn new(shared: Arc<Shared<K>>) -> Self {
        let seen = shared.lock().revision;
        Self { shared, seen }
    }

    /// How many tokens there were so far: 1 after the first one.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.shared.lock().revision
    }

    /// Waits on a thread for a token that was not told of. `false` if there was none within `deadline`, or it was closed.
    pub fn wait(&mut self, deadline: Duration) -> bool {
        let began = Instant::now();
        let mut state = self.shared.lock();
        loop {
            if state.revision != self.seen {
                self.seen = state.revision;
                return true;
            }
            let left = deadline.saturating_sub(began.elapsed());
            if left.is_zero() || state.is_closed {
                return false;
            }
            state = self.shared.wait(state, left);
        }
    }

    /// Waits in a future for a token that was not told of. `false` once it was closed.
    pub async fn changed(&mut self) -> bool {
        let seen = self.seen;
        let look = |state: &mut State<K>| match state.revision != seen {
            true => Some(Some(state.revision)),
            false => state.is_closed.then_some(None),
        };
        let revision = self.shared.until(look).await;
        self.seen = revision.unwrap_or(seen);
        revision.is_some()
    }
}

impl<K: Reusable> fmt::Debug for Changes<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("seen", &self.seen).finish_non_exhaustive()
    }
}
