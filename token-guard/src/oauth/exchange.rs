//! RFC 8693: a token of ours for a narrower one.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use axum_core::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use token_core::{Reusable, Secret, TokenKind, scope::CompiledKind};
use token_issue::{Error, ErrorKind, Inspected, Issuer, Narrow, Unfit};

use super::{
    answer::{Answer, Problem, unstored},
    form::{self, Form},
    serve, target,
};

/// Exchanges a token of ours for one that may do less, or as much, and lives no longer (RFC 8693): the token endpoint of a service
/// that hands narrow tokens on. [The module](super) has an example.
///
/// The **subject token is the credential**: whoever has it may narrow it, as with [`Issuer::narrow`], which does the work. Another
/// client authentication is for the router, such as `guarded::<Op, K>(exchange)`.
///
/// | parameter | |
/// |---|---|
/// | `grant_type` | `urn:ietf:params:oauth:grant-type:token-exchange` |
/// | `subject_token`, `subject_token_type` | a token of a [kind](Self::kind) that is exchanged here; `urn:ietf:params:oauth:token-type:access_token` |
/// | `subject_token_build` | the build of who has the subject token, if that is bound to one; the header `Token-Build` is not read |
/// | `requested_token_type` | the same, or nothing |
/// | `scope` | scopes of the subject token; all, if it is left out |
/// | `audience`, `resource` | one service: that of the subject token, or one that [`audience`](Self::audience) names |
/// | `actor_token`, `actor_token_type` | refused: there is no delegation |
///
/// The new token is of the same kind, acts for the same subject, and is bound to the same build. It is revoked with the subject token. The answer is written into a
/// buffer that is wiped when it was sent.
#[derive(Clone)]
pub struct Exchange(Arc<Desk>);

#[derive(Clone)]
struct Desk {
    issuer: Issuer,
    kinds: Vec<(&'static CompiledKind, Narrows)>,
    audiences: Vec<Arc<str>>,
    lifetime: Option<Duration>,
}

/// Narrows tokens of one kind.
type Narrows = for<'a> fn(&'a Issuer, &'a Inspected, Wish) -> Narrowing<'a>;
type Narrowing<'a> = Pin<Box<dyn Future<Output = Result<Secret, Error>> + Send + 'a>>;

/// What a client asks for, in words of the token policy.
struct Wish {
    scopes: Option<Vec<&'static str>>,
    audience: Option<String>,
    lifetime: Option<Duration>,
}

impl Exchange {
    /// Has `issuer` narrow tokens, of no kind yet.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        let (kinds, audiences) = (Vec::new(), Vec::new());
        Self(Arc::new(Desk { issuer, kinds, audiences, lifetime: None }))
    }

    /// Exchanges tokens of kind `K`, too. A kind whose tokens may be used once does not compile.
    #[must_use]
    pub fn kind<K: Reusable + TokenKind>(self) -> Self {
        self.with(|desk| desk.kinds.push((K::COMPILED, narrow::<K>)))
    }

    /// Makes tokens for this service, too, if the subject token and its kind have no audience. The parameter `audience` has this name;
    /// the parameter `resource`, too, if it is a URL.
    #[must_use]
    pub fn audience(self, name: &str) -> Self {
        self.with(|desk| desk.audiences.push(name.into()))
    }

    /// The new tokens live no longer than this. Without it they live as long as the subject token.
    #[must_use]
    pub fn lifetime_at_most(self, longest: Duration) -> Self {
        self.with(|desk| desk.lifetime = Some(longest))
    }

    fn with(mut self, change: impl FnOnce(&mut Desk)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    async fn serve<B>(self, request: Request<B>) -> Result<Answer, Answer>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(Problem::Method("POST").answer());
        }
        form::check_url(&parts.uri).map_err(Problem::answer)?;
        let text = form::read(&parts.headers, body).await.map_err(Problem::answer)?;
        let issued = self.0.exchange(&Form::parse(&text)).await.map_err(Problem::answer)?;
        let body = issued.into_body("the answer of the token endpoint");
        Ok(unstored(StatusCode::OK, Body::from(body)))
    }
}

impl Desk {
    async fn exchange(&self, form: &Form<'_>) -> Result<Secret, Problem> {
        check_types(form)?;
        let token = form.get("subject_token")?.ok_or(MISSING)?;
        let presented = form.presented(token, "subject_token_build")?;
        let found = self.issuer.inspect(presented).await;
        let subject = found.map_err(|error| problem(&error))?.ok_or(NOT_VALID)?;
        let known = self.kinds.iter().find(|(own, _)| subject.is_of(own));
        let (_, narrow) = known.ok_or(OTHER_KIND)?;
        let wish = Wish {
            scopes: scopes(form, &subject)?,
            audience: target::of(form, &subject, &self.audiences)?,
            lifetime: self.lifetime,
        };
        narrow(&self.issuer, &subject, wish).await.map_err(|error| problem(&error))
    }
}

/// The parameters that have one value.
fn check_types(form: &Form<'_>) -> Result<(), Problem> {
    match form.get("grant_type")? {
        Some(TOKEN_EXCHANGE) => {}
        Some(_) => return Err(OTHER_GRANT),
        None => return Err(Problem::Request("the parameter grant_type is missing")),
    }
    if form.get("subject_token")?.is_none() {
        return Err(MISSING);
    }
    match form.get("subject_token_type")? {
        Some(ACCESS_TOKEN) => {}
        Some(_) => return Err(Problem::Request("the subject_token_type is no access token")),
        None => return Err(Problem::Request("the parameter subject_token_type is missing")),
    }
    match form.get("requested_token_type")? {
        None | Some(ACCESS_TOKEN) => {}
        Some(_) => return Err(Problem::Request("the requested_token_type is no access token")),
    }
    match (form.get("actor_token")?, form.get("actor_token_type")?) {
        (None, None) => Ok(()),
        (None, Some(_)) => {
            Err(Problem::Request("there is an actor_token_type, and no actor_token"))
        }
        (Some(_), None) => {
            Err(Problem::Request("there is an actor_token, and no actor_token_type"))
        }
        (Some(_), Some(_)) => {
            Err(Problem::Request("there is no delegation here; leave the actor_token out"))
        }
    }
}

/// The scopes that are asked for, of those that the subject token has.
fn scopes(form: &Form<'_>, subject: &Inspected) -> Result<Option<Vec<&'static str>>, Problem> {
    let Some(list) = form.get("scope")? else { return Ok(None) };
    let own = |name| subject.scopes().names().find(|own| *own == name).ok_or(OTHER_SCOPE);
    list.split(' ').map(own).collect::<Result<_, _>>().map(Some)
}

fn narrow<'a, K: Reusable + TokenKind>(
    issuer: &'a Issuer,
    parent: &'a Inspected,
    wish: Wish,
) -> Narrowing<'a> {
    let mut narrow = Narrow::<K>::new().reason("asked for at the token endpoint");
    if let Some(scopes) = wish.scopes {
        narrow = narrow.scope_names(scopes);
    }
    if let Some(audience) = wish.audience {
        narrow = narrow.audience(audience);
    }
    if let Some(lifetime) = wish.lifetime {
        narrow = narrow.lifetime_at_most(lifetime);
    }
    Box::pin(
        async move { Ok(issuer.narrow_inspected(parent, narrow).await?.into_exchange_response()) },
    )
}

fn problem(error: &Error) -> Problem {
    match (error.kind(), error.unfit()) {
        (ErrorKind::ExcessScope | ErrorKind::NoScope, _) | (_, Some(Unfit::WiderScope)) => {
            OTHER_SCOPE
        }
        (ErrorKind::WrongAudience, _) | (_, Some(Unfit::OtherAudience)) => target::OTHER,
        (_, Some(Unfit::TooDeep)) => {
            Problem::Request("the subject token descends from too many others")
        }
        (ErrorKind::Unfit | ErrorKind::LifetimeTooShort, _) => NOT_VALID,
        (ErrorKind::UnknownKind, _) => OTHER_KIND,
        _ => Problem::Unavailable,
    }
}

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

const MISSING: Problem = Problem::Request("the parameter subject_token is missing");
/// RFC 8693 section 2.2.2: `invalid_request`, whatever the reason.
const NOT_VALID: Problem = Problem::Request("the subject token is not valid");
const OTHER_KIND: Problem = Problem::Request("tokens of this kind are not exchanged here");
const OTHER_GRANT: Problem = Problem::Other(
    "unsupported_grant_type",
    "this endpoint exchanges tokens, and does nothing else",
);
const OTHER_SCOPE: Problem =
    Problem::Other("invalid_scope", "the subject token lacks a scope that is asked for");

serve::service!([] Exchange);

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("kinds", &self.0.kinds.len())
            .field("audiences", &self.0.audiences)
            .field("lifetime_at_most", &self.0.lifetime)
            .finish_non_exhaustive()
    }
}
