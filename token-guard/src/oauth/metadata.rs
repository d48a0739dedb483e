//! RFC 9728: what a service tells of itself, so that a client finds out who issues tokens for it.

use std::{error, fmt, sync::Arc};

use axum_core::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header::CONTENT_TYPE, uri::Authority};
use serde_json::{Map, Value};

use super::{
    answer::{Answer, JSON, Problem},
    serve,
};

/// The metadata of a protected resource (RFC 9728). [`path`](Self::path) is where a router has it, and [`url`](Self::url) is for
/// [`Challenge::resource_metadata`](crate::Challenge::resource_metadata).
///
/// ```
/// use token_guard::{Challenge, oauth::Metadata};
///
/// let metadata = Metadata::new("https://api.example.com/v1")?
///     .authorization_server("https://login.example.com")?
///     .scopes(["deploy:read", "deploy:run"]);
/// assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/v1");
/// let challenge = Challenge::new("deployments")?.resource_metadata(metadata.url())?;
///
/// assert!(Metadata::new("http://api.example.com").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Metadata(Arc<Document>);

#[derive(Clone, Debug)]
struct Document {
    url: String,
    path: String,
    members: Map<String, Value>,
}

impl Metadata {
    /// The metadata of `resource`: the URL that clients know the service by. It is told exactly as it stands here, since a client
    /// compares it (section 3.3).
    ///
    /// # Errors
    ///
    /// If it is not an absolute URL with `https`, without a fragment, in characters that a URL has (section 1.2).
    pub fn new(resource: &str) -> Result<Self, UnfitResource> {
        let Url { authority, rest } = Url::parse(resource)?;
        let (path, query) = rest.split_once('?').map_or((rest, None), |(p, q)| (p, Some(q)));
        // The slash behind the host goes (section 3.1).
        let path = format!("{WELL_KNOWN}{}", if path == "/" { "" } else { path });
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("https://{authority}{path}{query}");
        let members = Map::from_iter([
            ("resource".to_owned(), resource.into()),
            ("bearer_methods_supported".to_owned(), vec!["header"].into()),
        ]);
        Ok(Self(Arc::new(Document { url, path, members })))
    }

    /// Who issues tokens for the service: an issuer of RFC 8414, also several. What a client fetches there is that one's.
    ///
    /// # Errors
    ///
    /// If it is not an absolute URL with `https`, without a fragment or a query.
    pub fn authorization_server(self, issuer: &str) -> Result<Self, UnfitResource> {
        match Url::parse(issuer)?.rest.contains('?') {
            true => Err(UnfitResource::Query),
            false => Ok(self.push("authorization_servers", issuer.into())),
        }
    }

    /// The scopes that a client may ask for.
    #[must_use]
    pub fn scopes<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let add = |own: Self, name: &str| own.push("scopes_supported", name.into());
        names.into_iter().fold(self, add)
    }

    /// The name of the service, for people.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        Arc::make_mut(&mut self.0).members.insert("resource_name".to_owned(), name.into());
        self
    }

    /// The path of the metadata: `/.well-known/oauth-protected-resource`, and behind it the path of the service.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The URL of the metadata.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// A member that is not there has no value: an empty list is left out (section 3.2).
    fn push(mut self, member: &str, value: Value) -> Self {
        let members = &mut Arc::make_mut(&mut self.0).members;
        if let Value::Array(values) =
            members.entry(member).or_insert_with(|| Vec::<Value>::new().into())
        {
            values.push(value);
        }
        self
    }

    async fn serve<B>(self, request: Request<B>) -> Result<Answer, Answer>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
    {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            return Err(Problem::Method("GET, HEAD").answer());
        }
        let body = serde_json::to_vec(&self.0.members).unwrap_or_default();
        let mut answer = Response::new(Body::from(body));
        answer.headers_mut().insert(CONTENT_TYPE, JSON);
        answer.headers_mut().insert(NO_SNIFF.0, NO_SNIFF.1);
        Ok(answer)
    }
}

const NO_SNIFF: (&str, HeaderValue) =
    ("x-content-type-options", HeaderValue::from_static("nosniff"));
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

serve::service!([] Metadata);

/// An absolute URL with `https`.
struct Url<'u> {
    authority: &'u str,
    /// The path and the query.
    rest: &'u str,
}

impl<'u> Url<'u> {
    fn parse(text: &'u str) -> Result<Self, UnfitResource> {
        let after = text.strip_prefix("https://").ok_or(UnfitResource::NotHttps)?;
        if after.contains('#') {
            return Err(UnfitResource::Fragment);
        }
        let is_fit = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        if !after.bytes().all(is_fit) {
            return Err(UnfitResource::Character);
        }
        let (authority, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
        // In a router's path such a part would be a parameter.
        if rest.contains("/:") || rest.contains("/*") {
            return Err(UnfitResource::Character);
        }
        match is_host(authority) {
            true => Ok(Self { authority, rest }),
            false => Err(UnfitResource::Host),
        }
    }
}

/// A host, and perhaps a port; no user.
fn is_host(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let host = authority.host();
    let port = text.strip_prefix(host).map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    !host.is_empty() && port.is_some_and(is_port) && !text.ends_with(':')
}

/// A URL that metadata cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnfitResource {
    /// It does not begin with `https://`.
    NotHttps,
    /// It has no host, or a user, or a port that is no number.
    Host,
    /// It has a fragment.
    Fragment,
    /// An authorization server has a query.
    Query,
    /// It has a character that no URL has as it is, or a part of the path that begins with `:` or `*`.
    Character,
}

impl fmt::Display for UnfitResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttps => "the URL of a resource or an issuer begins with `https://`",
            Self::Host => {
                "the URL of a resource or an issuer has a host behind `https://`, and perhaps a port, but no user"
            }
            Self::Fragment => "the URL of a resource or an issuer has no fragment; leave out what begins with `#`",
            Self::Query => "the URL of an issuer has no query; leave out what begins with `?`",
            Self::Character => {
                "the URL of a resource or an issuer has visible ASCII characters; encode the others with `%`, and also `:` and `*` behind a slash"
            }
        })
    }
}

impl error::Error for UnfitResource {}
