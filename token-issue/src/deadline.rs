//! The end of all waiting, without an async runtime.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_timer::Delay;

/// Until when to wait, and how long that was when it began.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    pub(crate) whole: Duration,
}

impl Deadline {
    pub(crate) fn after(whole: Duration) -> Self {
        let now = Instant::now();
        // A deadline beyond what the clock can count is far away.
        let at = now.checked_add(whole).unwrap_or_else(|| now + FAR_AWAY);
        Self { at, whole }
    }

    /// Waits for `future`, and yields `None` if the deadline is earlier.
    pub(crate) fn wait<F: Future + Unpin>(self, future: F) -> Within<F> {
        Within { future, deadline: self, timer: None }
    }

    /// How much of it is left.
    pub(crate) fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

pub(crate) struct Within<F> {
    future: F,
    deadline: Deadline,
    /// Made when the future is not ready at once.
    timer: Option<Delay>,
}

impl<F: Future + Unpin> Future for Within<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(output) = Pin::new(&mut this.future).poll(context) {
            return Poll::Ready(Some(output));
        }
        let timer = this.timer.get_or_insert_with(|| Delay::new(this.deadline.left()));
        Pin::new(timer).poll(context).map(|()| None)
    }
}

const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);
