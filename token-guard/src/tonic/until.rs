//! Streams that end with their caller's token.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tonic::Status;

use super::status;
use crate::UntilInvalid;

pin_project! {
    /// A stream of answers that ends with `UNAUTHENTICATED` when its caller's token is no longer valid; with `UNAVAILABLE` if
    /// the verifier can no longer tell; or when it would have ended anyway.
    ///
    /// It is also for what a client streams: then the method sees the error in place of a message.
    ///
    /// ```
    /// # use tonic::{Request, Response, Status};
    /// # use futures_core::Stream;
    /// use token_guard::tonic::{GuardedRequest, Until};
    ///
    /// # fn numbers() -> impl Stream<Item = Result<u64, Status>> { futures_util::stream::empty() }
    /// async fn watch(
    ///     request: Request<()>,
    /// ) -> Result<Response<impl Stream<Item = Result<u64, Status>>>, Status> {
    ///     # /*
    ///     let may = request.authorized::<Watch, kind::Deploy>()?;
    ///     # */
    ///     Ok(Response::new(Until::new(numbers(), request.until_invalid()?)))
    /// }
    /// ```
    #[must_use = "nothing runs unless it is polled"]
    pub struct Until<S> {
        #[pin]
        inner: S,
        until_invalid: Option<UntilInvalid>,
    }
}

impl<S> Until<S> {
    /// Ends `inner` when the token is no longer valid.
    pub const fn new(inner: S, until_invalid: UntilInvalid) -> Self {
        Self { inner, until_invalid: Some(until_invalid) }
    }
}

impl<S, T> Stream for Until<S>
where
    S: Stream<Item = Result<T, Status>>,
{
    type Item = Result<T, Status>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(waiting) = this.until_invalid else { return Poll::Ready(None) };
        // The token first: a stream that always has an answer must not outlive it.
        if let Poll::Ready(why) = Pin::new(waiting).poll(context) {
            *this.until_invalid = None;
            return Poll::Ready(Some(Err(status::of_end(why))));
        }
        let next = this.inner.poll_next(context);
        if matches!(next, Poll::Ready(None)) {
            *this.until_invalid = None;
        }
        next
    }
}

impl<S> fmt::Debug for Until<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").finish_non_exhaustive()
    }
}
