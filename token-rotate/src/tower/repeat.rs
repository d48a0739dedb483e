//! Which requests can be sent a second time.

use http::Request;

/// Makes the copy of a request that is sent if its token is rejected.
pub trait Repeat<B> {
    /// `None` if the request cannot be repeated.
    fn copy(&self, request: &Request<B>) -> Option<Request<B>>;
}

/// Every request can be repeated, since its body can be cloned.
#[derive(Clone, Copy, Debug)]
pub struct Clones;

/// No request is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Never;

/// A function makes the copies.
#[derive(Clone, Copy, Debug)]
pub struct With<F>(pub(super) F);

impl<B: Clone> Repeat<B> for Clones {
    fn copy(&self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }
}

impl<B> Repeat<B> for Never {
    fn copy(&self, _: &Request<B>) -> Option<Request<B>> {
        None
    }
}

impl<B, F: Fn(&Request<B>) -> Option<Request<B>>> Repeat<B> for With<F> {
    fn copy(&self, request: &Request<B>) -> Option<Request<B>> {
        (self.0)(request)
    }
}
