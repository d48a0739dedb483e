//! RFC 7009: a client has its tokens revoked.

use std::{fmt, marker::PhantomData};

use axum_core::body::Body;
use bytes::Bytes;
use http::{Method, Request, Response};
use token_core::{AnyCaller, Caller, Kinds, RequireScopes, caller::Presented, scope::CompiledKind};
use token_issue::{Error, Inspected, Issuer};

use super::{
    answer::{Answer, Problem, no_store, refused},
    form::{self, Form},
    serve,
};
use crate::{Guard, guard::names};

/// Revokes a token, and all that were narrowed from it (RFC 7009). [The module](super) has an example.
///
/// The client presents a token of kind `K`, or of one of the kinds of a tuple, in the header `Authorization`, and names the token to
/// revoke in the form. It may be the same one. It is revoked if
///
/// - it acts on behalf of the client's subject,
/// - or it is the client's token, or descends from it,
/// - or operation `Any` is permitted to the client.
///
/// A token that is bound to a build is revoked by whatever build asks: nobody must be kept from ending a token that has leaked.
///
/// The answer is 200 for a token that is not valid, too: it has what the client wants. It is `unauthorized_client` for somebody else's
/// token, and 503 if the registry did not answer: then the token is still valid. An answer of 200 means that the revocation is durable; every
/// verifier heeds it within a second.
pub struct Revocation<Any, K> {
    guard: Guard,
    issuer: Issuer,
    /// `None` for all.
    supports: Option<&'static [&'static CompiledKind]>,
    proof: PhantomData<fn() -> (Any, K)>,
}

impl<Any: RequireScopes, K: Kinds> Revocation<Any, K> {
    /// Has `guard` say who calls, and `issuer` revoke.
    #[must_use]
    pub const fn new(guard: Guard, issuer: Issuer) -> Self {
        Self { guard, issuer, supports: None, proof: PhantomData }
    }

    /// Revokes tokens of kind `R`, or of the kinds of a tuple, and no others: for these the answer is `unsupported_token_type`.
    #[must_use]
    pub const fn only<R: Kinds>(mut self) -> Self {
        self.supports = Some(R::ALL);
        self
    }

    async fn serve<B>(self, request: Request<B>) -> Result<Answer, Answer>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(Problem::Method("POST").answer());
        }
        let client = self.guard.identify::<K>(&mut parts).await;
        let client = client.map_err(|refusal| refused(&refusal))?;
        form::check_url(&parts.uri).map_err(Problem::answer)?;
        let text = form::read_from(&client, &self.guard, &parts.headers, body).await?;
        let form = Form::parse(&text);
        let token = form.token().map_err(Problem::answer)?;
        // Whichever build it is bound to: who ends a token does not use it.
        let token = Presented::new(token.as_bytes());
        let found = self.issuer.inspect_to_revoke(token).await.map_err(unavailable)?;
        if let Some(token) = found {
            self.revoke(&client, &token).await?;
        }
        Ok(no_store(Response::new(Body::empty())))
    }

    async fn revoke(&self, client: &Caller<K>, token: &Inspected) -> Result<(), Answer> {
        let is_supported = |kinds: &[&'static _]| kinds.iter().any(|kind| token.is_of(kind));
        if !self.supports.is_none_or(is_supported) {
            return Err(UNSUPPORTED.answer());
        }
        if !self.may_revoke(client, token).await.map_err(unavailable)? {
            return Err(NOT_ITS_OWN.answer());
        }
        let issuer = self.issuer.acting_as(&name(client));
        let revoked = issuer.revoke(token.token(), "asked for at the revocation endpoint").await;
        // A revocation that is not on record is a revocation all the same.
        revoked.map(drop).map_err(unavailable)
    }

    async fn may_revoke(&self, client: &Caller<K>, token: &Inspected) -> Result<bool, Error> {
        // An empty text names nobody.
        let subject = client.subject().filter(|subject| !subject.is_empty());
        let is_subject = subject.is_some() && subject == token.subject();
        if is_subject || client.clone().authorize_at_run_time::<Any>().is_ok() {
            return Ok(true);
        }
        self.issuer.descends(token, client.token()).await
    }
}

/// Who revokes, for the record.
fn name(client: &AnyCaller) -> String {
    match client.subject() {
        Some(subject) => subject.to_owned(),
        None => format!("the holder of {}", client.token()),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unavailable(_: Error) -> Answer {
    Problem::Unavailable.answer()
}

const UNSUPPORTED: Problem =
    Problem::Other("unsupported_token_type", "tokens of this kind are not revoked here");

const NOT_ITS_OWN: Problem =
    Problem::Other("unauthorized_client", "the token is not one of this client");

serve::service!([Any: RequireScopes + 'static, K: Kinds] Revocation<Any, K>);

impl<Any, K> Clone for Revocation<Any, K> {
    fn clone(&self) -> Self {
        let Self { guard, issuer, supports, proof } = self;
        Self { guard: guard.clone(), issuer: issuer.clone(), supports: *supports, proof: *proof }
    }
}

impl<Any: RequireScopes, K> fmt::Debug for Revocation<Any, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocation").field("any", &names::<Any>()).finish_non_exhaustive()
    }
}
