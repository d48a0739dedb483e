//! The SDK: a crate of its own, which depends on token-core and on no policy.

use std::{error, fmt, sync::Arc};

use axum::http::{Method, Request, Response, header::AUTHORIZATION}; // in a crate of your own: `http`
use token_core::{
    Current, Grants, PermittedBy, RequireScopes, Reusable, Scope, http::Rejected, scope::ScopeList,
};

#[derive(Scope)]
#[scope("repo:read")]
pub enum RepoRead {}

#[derive(Scope)]
#[scope("repo:write")]
pub enum RepoWrite {}

/// What the client does, and the scopes that each needs.
#[derive(RequireScopes)]
#[require(RepoRead)]
pub struct ListBranches;

#[derive(RequireScopes)]
#[require(RepoRead, RepoWrite)]
pub struct CreateBranch;

/// Sends requests: an HTTP client, or in a test something that answers itself.
pub trait Transport: Send + Sync {
    /// # Errors
    ///
    /// There was no answer.
    fn send(&self, request: Request<String>) -> Result<Response<String>, Failed>;
}

/// A client for tokens of kind `K`. Which of its methods there are depends on what the kind grants.
///
/// The token is behind a `dyn`, so the client has one type for each kind, whoever keeps the token.
pub struct Client<K: Reusable> {
    token: Arc<dyn Current<K>>,
    transport: Box<dyn Transport>,
}

impl<K: Reusable> Client<K> {
    /// Takes a `Token`, an `Arc` of a `Rotating`, or whatever else has a token to use now.
    pub fn new(token: impl Current<K> + 'static, transport: impl Transport + 'static) -> Self {
        Self { token: Arc::new(token), transport: Box::new(transport) }
    }

    /// The one place where a token is exposed: for an operation that its kind permits.
    fn call<O>(
        &self,
        operation: &O,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<String, Failed>
    where
        O: PermittedBy<K>,
    {
        let token = self.token.current()?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|_| Failed::Path)?;
        request.headers_mut().insert(AUTHORIZATION, token.header(operation)?);
        let answer = self.transport.send(request)?;
        if Rejected::of(answer.status(), answer.headers(), O::Scopes::NAMES).is_some() {
            // Whoever keeps the token fetches another one, if this one is still the current one.
            self.token.rejected(token.id());
        }
        match answer.status().is_success() {
            true => Ok(answer.into_body()),
            false => Err(Failed::Status(answer.status().as_u16())),
        }
    }
}

impl<K: Grants<RepoRead> + Reusable> Client<K> {
    /// # Errors
    ///
    /// There is no valid token, or the server says no.
    pub fn branches(&self) -> Result<Vec<String>, Failed> {
        let names = self.call(&ListBranches, Method::GET, "/branches", String::new())?;
        Ok(names.lines().map(str::to_owned).collect())
    }
}

impl<K: Grants<RepoRead> + Grants<RepoWrite> + Reusable> Client<K> {
    /// # Errors
    ///
    /// As [`branches`](Self::branches).
    pub fn create_branch(&self, name: &str) -> Result<(), Failed> {
        self.call(&CreateBranch, Method::POST, "/branches", name.to_owned()).map(drop)
    }
}

/// What applications ask for: whoever has it needs no token and no kind. A test gives them another one.
pub trait Repository {
    /// # Errors
    ///
    /// As [`Client::branches`].
    fn branches(&self) -> Result<Vec<String>, Failed>;

    /// # Errors
    ///
    /// As [`Client::create_branch`].
    fn create_branch(&self, name: &str) -> Result<(), Failed>;
}

impl<K: Grants<RepoRead> + Grants<RepoWrite> + Reusable> Repository for Client<K> {
    fn branches(&self) -> Result<Vec<String>, Failed> {
        Self::branches(self)
    }

    fn create_branch(&self, name: &str) -> Result<(), Failed> {
        Self::create_branch(self, name)
    }
}

/// Why it was not done. The error of a token has no byte of it.
#[derive(Debug)]
pub enum Failed {
    Token(token_core::Error),
    Status(u16),
    Path,
    NoAnswer(&'static str),
}

impl From<token_core::Error> for Failed {
    fn from(error: token_core::Error) -> Self {
        Self::Token(error)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("there is no token to call the repository with"),
            Self::Status(status) => write!(f, "the repository answered with status {status}"),
            Self::Path => f.write_str("this is no path"),
            Self::NoAnswer(why) => write!(f, "the repository did not answer: {why}"),
        }
    }
}

impl error::Error for Failed {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::Status(_) | Self::Path | Self::NoAnswer(_) => None,
        }
    }
}
