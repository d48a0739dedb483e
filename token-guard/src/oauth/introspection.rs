//! RFC 7662: whether a token is valid, and what it may do.

use std::{fmt, marker::PhantomData, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use token_core::{AnyCaller, Kinds, RequireScopes};
use token_issue::{Inspected, Issuer};

use super::{
    answer::{Answer, Problem, refused, secret_json},
    form::{self, Form},
    serve,
};
use crate::{Guard, Refusal, guard::names};

/// Tells another service whether a token is valid, and what it may do (RFC 7662): to callers to whom operation `Op` is permitted, with a
/// token of kind `K`, or of one of the kinds of a tuple. [The module](super) has an example.
///
/// A token that is unknown, expired, revoked or used up, or that is meant for another service than the caller, is
/// `{"active":false}`, and nothing more is said. Whoever asks is the service that the token was presented to: a token with an audience
/// is valid for a caller whose **subject** is that audience, unless [`serves`](Self::serves) says it otherwise.
///
/// A token that is bound to a build is active only if the parameter `token_build` is that build: the service that asks hands on the header
/// `Token-Build` of the request that it got, and a service that knows nothing of builds is told `{"active":false}`. The answer then has the
/// member `token_build`, too. For a token that is bound to none it does not matter.
///
/// The registry is asked each time, so a revoked token is inactive at once, and a token that may be used once is not used up. Where it
/// matters that one is used once, have a verifier take it.
///
/// A caller without the scopes gets 401, as RFC 7662 section 2.3 has it, and not the 403 of RFC 6750.
pub struct Introspection<Op, K> {
    guard: Guard,
    issuer: Issuer,
    name: Option<Arc<str>>,
    serves: Arc<Serves>,
    proof: PhantomData<fn() -> (Op, K)>,
}

type Serves = dyn Fn(&AnyCaller, &str) -> bool + Send + Sync;

impl<Op: RequireScopes, K: Kinds> Introspection<Op, K> {
    /// Has `guard` say who calls, and asks `issuer` about the token.
    #[must_use]
    pub fn new(guard: Guard, issuer: Issuer) -> Self {
        let serves =
            Arc::new(|caller: &AnyCaller, audience: &str| caller.subject() == Some(audience));
        Self { guard, issuer, name: None, serves, proof: PhantomData }
    }

    /// Who issued the tokens, for the member `iss` of the answers.
    #[must_use]
    pub fn issued_by(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether a caller is the service that an audience names.
    #[must_use]
    pub fn serves(
        mut self,
        serves: impl Fn(&AnyCaller, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.serves = Arc::new(serves);
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
        let may = self.guard.authorize::<Op, K>(&mut parts).await;
        let may = may.map_err(|refusal| not_permitted(&refusal))?;
        form::check_url(&parts.uri).map_err(Problem::answer)?;
        let text = form::read_from(&may, &self.guard, &parts.headers, body).await?;
        let form = Form::parse(&text);
        let presented = form.token().and_then(|token| form.presented(token, "token_build"));
        let found = self.issuer.inspect(presented.map_err(Problem::answer)?).await;
        let found = found.map_err(|_| Problem::Unavailable.answer())?;
        let is_meant = |token: &Inspected| {
            token.audience().is_none_or(|audience| (self.serves)(&may, audience))
        };
        let body = match found.filter(is_meant) {
            Some(token) => self.described(&token),
            None => json!({ "active": false }),
        };
        Ok(secret_json(StatusCode::OK, &body))
    }

    fn described(&self, token: &Inspected) -> Value {
        let scopes: Vec<&str> = token.scopes().names().collect();
        let members = [
            ("active", Some(true.into())),
            ("scope", Some(scopes.join(" ").into())),
            ("token_type", Some("Bearer".into())),
            ("exp", Some(token.expires_at().unix_timestamp().into())),
            ("iat", Some(token.minted_at().unix_timestamp().into())),
            ("sub", token.subject().map(Value::from)),
            ("aud", token.audience().map(Value::from)),
            ("iss", self.name.as_deref().map(Value::from)),
            ("jti", Some(token.token().to_string().into())),
            ("token_build", token.build().map(|build| build.to_string().into())),
        ];
        let told = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        told.collect::<Map<_, _>>().into()
    }
}

/// RFC 7662 section 2.3: also a token with too few scopes is answered with 401.
fn not_permitted(refusal: &Refusal) -> Answer {
    let mut answer = refused(refusal);
    if answer.status() == StatusCode::FORBIDDEN {
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
    }
    answer
}

serve::service!([Op: RequireScopes + 'static, K: Kinds] Introspection<Op, K>);

impl<Op, K> Clone for Introspection<Op, K> {
    fn clone(&self) -> Self {
        let Self { guard, issuer, name, serves, proof } = self;
        let (guard, issuer) = (guard.clone(), issuer.clone());
        Self { guard, issuer, name: name.clone(), serves: Arc::clone(serves), proof: *proof }
    }
}

impl<Op: RequireScopes, K> fmt::Debug for Introspection<Op, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("scopes", &names::<Op>()).finish_non_exhaustive()
    }
}
