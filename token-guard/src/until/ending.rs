//! Streams and bodies that end with their caller's token.

use std::{
    error, fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use token_core::caller::Refused;

use super::UntilInvalid;

pin_project! {
    /// A stream that ends when its caller's token is no longer valid, or when it would have ended anyway.
    ///
    /// As a [`Stream`], for server-sent events, it just ends: such a client comes again, and is refused. As a [`Body`] it ends with the
    /// error [`Ended`], so that nobody takes half an answer for the whole: over HTTP/1.1 the connection is closed without the last chunk,
    /// over HTTP/2 the stream is reset.
    ///
    /// What the inner stream has ready is not given out any more; it is dropped with this.
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

/// Why the token is invalid, once. `None` while it is valid.
fn ended(until_invalid: &mut Option<UntilInvalid>, context: &mut Context<'_>) -> Option<Refused> {
    let waiting = until_invalid.as_mut()?;
    let Poll::Ready(refused) = Pin::new(waiting).poll(context) else { return None };
    *until_invalid = None;
    Some(refused)
}

impl<S: Stream> Stream for Until<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        ended(this.until_invalid, context);
        if this.until_invalid.is_none() {
            return Poll::Ready(None);
        }
        let next = this.inner.poll_next(context);
        if matches!(next, Poll::Ready(None)) {
            *this.until_invalid = None;
        }
        next
    }
}

impl<B> Body for Until<B>
where
    B: Body,
    B::Error: Into<Box<dyn error::Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        let this = self.project();
        if let Some(why) = ended(this.until_invalid, context) {
            return Poll::Ready(Some(Err(Box::new(Ended(why)))));
        }
        if this.until_invalid.is_none() {
            return Poll::Ready(None);
        }
        let next = this.inner.poll_frame(context);
        if matches!(next, Poll::Ready(None)) {
            *this.until_invalid = None;
        }
        next.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.until_invalid.is_none() || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<S> fmt::Debug for Until<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").finish_non_exhaustive()
    }
}

/// An answer was ended, since its caller's token is no longer valid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ended(Refused);

impl Ended {
    /// Why the token is no longer valid.
    #[must_use]
    pub const fn reason(&self) -> Refused {
        self.0
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer was ended: {}", self.0)
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Ended {}
