//! Answers that outlive a check.

mod ending;

use std::{
    fmt,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use token_core::{AnyCaller, Verify, caller::Refused};

pub use ending::{Ended, Until};

/// Waits until a caller's token is no longer valid, and says why: it was revoked, has expired, or the verifier can no longer tell.
///
/// It knows nothing of what it is to end. Give it to [`Until`], which ends a stream, or have it
/// [end](Self::end) the future that talks with the caller. It holds a reference to the verifier, and no token.
#[must_use = "nothing ends unless it is awaited"]
pub struct UntilInvalid(Pin<Box<dyn Future<Output = Refused> + Send>>);

impl UntilInvalid {
    pub(crate) fn new(verifier: Arc<dyn Verify>, caller: AnyCaller) -> Self {
        Self(Box::pin(async move { verifier.until_invalid(&caller).await }))
    }

    /// Does `work` while the token is valid. When it no longer is, `work` is dropped where it stands.
    ///
    /// ```
    /// # use token_guard::{Guard, UntilInvalid};
    /// # async fn talk(socket: &mut ()) {}
    /// # async fn say_goodbye(socket: ()) {}
    /// # async fn f(until_invalid: UntilInvalid, mut socket: ()) {
    /// if let Err(refused) = until_invalid.end(talk(&mut socket)).await {
    ///     eprintln!("ended: {refused}");
    ///     // A close frame with code 1008; within a time, since a client that reads nothing would hold the socket.
    ///     say_goodbye(socket).await;
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Why the token is no longer valid.
    pub async fn end<T>(mut self, work: impl Future<Output = T>) -> Result<T, Refused> {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            // The token first: work that is always ready must not outlive it.
            if let Poll::Ready(refused) = Pin::new(&mut self).poll(context) {
                return Poll::Ready(Err(refused));
            }
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }
}

impl Future for UntilInvalid {
    type Output = Refused;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Refused> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for UntilInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilInvalid").finish_non_exhaustive()
    }
}
