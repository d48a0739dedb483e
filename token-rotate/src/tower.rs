//! A tower layer for clients: the current token on each request.

mod repeat;

use std::{
    error::Error,
    fmt,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use token_core::{PermittedBy, Reusable, Token, TokenId, http::Rejected};
use tower_layer::Layer;
use tower_service::Service;

pub use self::repeat::{Clones, Never, Repeat, With};
use crate::Rotating;

/// Puts the current token on each request of a client, as `Authorization: Bearer …` (RFC 6750 section 2.1).
///
/// If the server rejects that token with a 401 ([`Rejected`]), [`Rotating`] is told which one it was. If the request can be repeated, it is sent
/// once more with another token, as soon as there is one: of a thousand requests that are rejected together, one leads to a fetch.
/// Any other answer is the caller's, also a second 401. A 403 with `insufficient_scope` is too: another token of this kind has
/// the same scopes.
///
/// While nothing valid is held, a request waits for the next fetch; then it fails with a [`crate::Error`].
///
/// A request is repeated if its body is `Clone`, such as `Full<Bytes>`. [`never_repeat`](Self::never_repeat) is for bodies that are not,
/// [`repeat_with`](Self::repeat_with) for those that only you can copy. What was rejected was not done, so the method makes no
/// difference.
///
/// ```
/// use std::sync::Arc;
/// use token_core::{PermittedBy, Reusable};
/// use token_rotate::{Rotating, tower::BearerLayer};
/// use tower_layer::Layer;
///
/// fn client<K, O, S>(github: Arc<Rotating<K>>, operation: O, inner: S) -> impl Sized
/// where
///     K: Reusable,
///     O: PermittedBy<K> + Send + Sync + 'static,
/// {
///     BearerLayer::new(github, operation).layer(inner)
/// }
/// ```
pub struct BearerLayer<K: Reusable, O, R = Clones>(Parts<K, O, R>);

/// The service of a [`BearerLayer`].
pub struct Bearer<S, K: Reusable, O, R = Clones> {
    inner: S,
    parts: Parts<K, O, R>,
}

struct Parts<K: Reusable, O, R> {
    token: Arc<Rotating<K>>,
    operation: Arc<O>,
    repeat: R,
}

impl<K: Reusable, O: PermittedBy<K>> BearerLayer<K, O> {
    /// Tokens of this kind, exposed for the operation that the requests are.
    pub fn new(token: Arc<Rotating<K>>, operation: O) -> Self {
        Self(Parts { token, operation: Arc::new(operation), repeat: Clones })
    }
}

impl<K: Reusable, O, R> BearerLayer<K, O, R> {
    /// Repeats no request. A token that is rejected is replaced all the same, for the next one.
    pub fn never_repeat(self) -> BearerLayer<K, O, Never> {
        self.repeating(Never)
    }

    /// Repeats the requests of which the function makes a copy.
    pub fn repeat_with<F>(self, copy: F) -> BearerLayer<K, O, With<F>> {
        self.repeating(With(copy))
    }

    fn repeating<Q>(self, repeat: Q) -> BearerLayer<K, O, Q> {
        let Parts { token, operation, .. } = self.0;
        BearerLayer(Parts { token, operation, repeat })
    }
}

impl<S, K: Reusable, O, R: Clone> Layer<S> for BearerLayer<K, O, R> {
    type Service = Bearer<S, K, O, R>;

    fn layer(&self, inner: S) -> Self::Service {
        Bearer { inner, parts: self.0.clone() }
    }
}

/// The error of a client, or of this layer.
pub type BoxError = Box<dyn Error + Send + Sync>;

type Answer<A> = Pin<Box<dyn Future<Output = Result<Response<A>, BoxError>> + Send>>;

impl<S, A, B, K, O, R> Service<Request<B>> for Bearer<S, K, O, R>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    A: Send + 'static,
    B: Send + 'static,
    K: Reusable,
    O: PermittedBy<K> + Send + Sync + 'static,
    R: Repeat<B> + Clone + Send + Sync + 'static,
{
    type Response = Response<A>;
    type Error = BoxError;
    type Future = Answer<A>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Answer<A> {
        // The one that is ready goes with the request; its clone stays, and is asked anew.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        Box::pin(self.parts.clone().send(inner, request))
    }
}

impl<K: Reusable, O: PermittedBy<K>, R> Parts<K, O, R> {
    async fn send<S, A, B>(
        self,
        mut ready: S,
        mut request: Request<B>,
    ) -> Result<Response<A>, BoxError>
    where
        S: Service<Request<B>, Response = Response<A>>,
        S::Error: Into<BoxError>,
        R: Repeat<B>,
    {
        let copy = self.repeat.copy(&request);
        let (header, sent) = self.header().await?;
        request.headers_mut().insert(AUTHORIZATION, header);
        let answer = ready.call(request).await.map_err(Into::into)?;
        if !is_rejected(&answer) {
            return Ok(answer);
        }
        self.token.rejected(sent);
        let Some(mut copy) = copy else { return Ok(answer) };
        match self.header().await {
            Ok((header, another)) if sent.is_none() || another != sent => {
                // Its connection may be needed for the second one.
                drop(answer);
                copy.headers_mut().insert(AUTHORIZATION, header);
                poll_fn(|context| ready.poll_ready(context)).await.map_err(Into::into)?;
                ready.call(copy).await.map_err(Into::into)
            }
            // There is no other one: the server's answer says more.
            Ok(_) | Err(_) => Ok(answer),
        }
    }

    /// The header, and which token it has. Waits if nothing valid is held.
    async fn header(&self) -> Result<(HeaderValue, Option<TokenId>), BoxError> {
        // No loan is kept while it waits.
        let now = self.token.current().ok().and_then(|token| self.made_of(&token).ok());
        match now {
            Some(made) => Ok(made),
            None => Ok(self.made_of(&*self.token.fresh().await?)?),
        }
    }

    fn made_of(
        &self,
        token: &Token<K>,
    ) -> Result<(HeaderValue, Option<TokenId>), token_core::Error> {
        token.header(&*self.operation).map(|header| (header, token.id()))
    }
}

/// Whether another token may do.
fn is_rejected<A>(answer: &Response<A>) -> bool {
    let rejected = Rejected::of(answer.status(), answer.headers(), &[]);
    rejected.is_some_and(|rejected| rejected.asks_for_another_token())
}

impl<K: Reusable, O, R: Clone> Clone for Parts<K, O, R> {
    fn clone(&self) -> Self {
        let (token, operation) = (Arc::clone(&self.token), Arc::clone(&self.operation));
        Self { token, operation, repeat: self.repeat.clone() }
    }
}

impl<K: Reusable, O, R: Clone> Clone for BearerLayer<K, O, R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Clone, K: Reusable, O, R: Clone> Clone for Bearer<S, K, O, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), parts: self.parts.clone() }
    }
}

impl<K: Reusable, O, R> fmt::Debug for BearerLayer<K, O, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BearerLayer").field(&self.0.token).finish()
    }
}

impl<S, K: Reusable, O, R> fmt::Debug for Bearer<S, K, O, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bearer").field(&self.parts.token).finish()
    }
}
