//! Access tokens by the grants of OAuth 2.0 (RFC 6749): client credentials, and a refresh token.

mod answer;
mod client;
mod form;
#[cfg(unix)]
mod refresh;
#[cfg(unix)]
mod store;
#[cfg(unix)]
mod trouble;

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use http::{Method, Request, Response, Uri, header};
use token_core::TokenKind;

pub use client::ClientAuth;
#[cfg(unix)]
pub use refresh::RefreshToken;
#[cfg(unix)]
pub use store::Store;

use self::{answer::Answer, form::Form};
use crate::{Attempt, Failure, Fetched, Issuer};

/// Sends an HTTP request. It is yours, so that your program has one HTTP client with its own settings: certificates, proxy, timeouts.
///
/// - End a request that takes longer than [`Attempt::within`].
/// - Follow no redirect: the request has a secret in it, and the token endpoint is no place that moves.
/// - The body of the request is wiped when its last clone drops. What the client copies is the client's:
///   [http-clients.md](https://github.com/token-core/token-core/blob/main/docs/http-clients.md) says what helps.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use token_rotate::{Attempt, Failure, oauth::Transport};
///
/// /// With reqwest: see `docs/rotating.md` in the repository.
/// struct Client;
///
/// impl Transport for Client {
///     fn send(&self, request: Request<Bytes>, attempt: &Attempt) -> Result<Response<Bytes>, Failure> {
///         let (parts, body) = request.into_parts();
/// #       fn post(_: http::request::Parts, _: Bytes, _: std::time::Duration) -> Result<Response<Bytes>, std::io::Error> { Err(std::io::ErrorKind::TimedOut.into()) }
///         post(parts, body, attempt.within()).map_err(Failure::transient)
///     }
/// }
/// ```
pub trait Transport: Send + Sync {
    /// Sends the request, and returns whatever the server answers, also a status that says no.
    ///
    /// # Errors
    ///
    /// There was no answer. The cause must not hold a byte of the request.
    fn send(&self, request: Request<Bytes>, attempt: &Attempt) -> Result<Response<Bytes>, Failure>;
}

impl<F> Transport for F
where
    F: Fn(Request<Bytes>, &Attempt) -> Result<Response<Bytes>, Failure> + Send + Sync,
{
    fn send(&self, request: Request<Bytes>, attempt: &Attempt) -> Result<Response<Bytes>, Failure> {
        self(request, attempt)
    }
}

/// Where access tokens are asked for: the server's token endpoint (RFC 6749 section 3.2), how the client authenticates there, and
/// what sends the requests.
pub struct Endpoint {
    uri: Uri,
    auth: Option<ClientAuth>,
    sender: Box<dyn Transport>,
    /// Names and values that every request has besides, such as `resource` (RFC 8707). No secret.
    extra: Vec<(String, String)>,
}

impl Endpoint {
    /// The token endpoint at this address. Without [`auth`](Self::auth) the client is a public one.
    #[must_use]
    pub fn new(uri: Uri, sender: impl Transport + 'static) -> Self {
        Self { uri, auth: None, sender: Box::new(sender), extra: Vec::new() }
    }

    /// How the client authenticates.
    #[must_use]
    pub fn auth(self, auth: ClientAuth) -> Self {
        Self { auth: Some(auth), ..self }
    }

    /// A further parameter of each request, such as `resource` (RFC 8707) or `audience`. It must be no secret.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Asks for a token of kind `K` with these parameters, and those that all requests have.
    fn ask<K: TokenKind>(&self, mut form: Form, attempt: &Attempt) -> Result<Answer, Failure> {
        let requested = scopes::<K>();
        form.add("scope", requested.as_bytes());
        for (name, value) in &self.extra {
            form.add(name, value.as_bytes());
        }
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let authorization = self.auth.as_ref().map(|auth| auth.add_to(&mut form)).transpose()?;
        if let Some(value) = authorization.flatten() {
            request = request.header(header::AUTHORIZATION, value);
        }
        let body = form.into_secret().into_body("a token request");
        let request = request.body(body).map_err(Failure::permanent)?;
        let response = self.sender.send(request, attempt)?;
        answer::read(response, &requested)
    }
}

/// The scopes that the policy lists for the kind, as a request has them (RFC 6749 section 3.3).
fn scopes<K: TokenKind>() -> String {
    let listed = K::COMPILED.scopes.iter().filter(|scope| scope.listed).map(|scope| scope.name);
    listed.collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("uri", &self.uri).finish_non_exhaustive()
    }
}

/// Access tokens for the program itself (RFC 6749 section 4.4), as an [`Issuer`]. The request asks for the scopes that the policy lists
/// for kind `K`.
///
/// ```
/// use token_core::{TokenKind, source};
/// use token_rotate::oauth::{ClientAuth, ClientCredentials, Endpoint, Transport};
///
/// fn orders<K: TokenKind>(client: impl Transport + 'static) -> ClientCredentials<K> {
///     let auth = ClientAuth::basic("shop", || source::file("/run/secrets/oauth-client"));
///     let endpoint = Endpoint::new(http::Uri::from_static("https://login.example/token"), client);
///     ClientCredentials::new(endpoint.auth(auth))
/// }
/// ```
#[derive(Debug)]
pub struct ClientCredentials<K> {
    endpoint: Endpoint,
    kind: PhantomData<fn() -> K>,
}

impl<K: TokenKind> ClientCredentials<K> {
    /// Tokens from this endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, kind: PhantomData }
    }
}

impl<K: TokenKind> Issuer<K> for ClientCredentials<K> {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        let mut form = Form::new();
        form.add("grant_type", b"client_credentials");
        // A refresh token is not to come with these (section 4.4.3). One that comes is wiped.
        let Answer { access, grant, refresh: _ } = self.endpoint.ask::<K>(form, attempt)?;
        Ok(Fetched::new(access, grant))
    }
}
