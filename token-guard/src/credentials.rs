//! Where a request carries its token.

mod build;
mod error;
mod syntax;
mod ticket;

pub use error::{NotPresented, UnfitHeader};
pub use ticket::UnfitTicket;

use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL, SET_COOKIE},
};
use token_core::{TokenKind, caller::Presented, scope::CompiledKind};

use self::ticket::Tickets;

/// Where the token of a request is looked for: in `Authorization: Bearer …` (RFC 6750 section 2.1), and, if one is named, in
/// one other header, such as `X-Api-Key`, and among the subprotocols of a WebSocket.
///
/// It is looked for nowhere else. A **cookie** is not read: a browser sends it by itself, so another site could use the
/// token of a visitor (CSRF). The body is not read. A token in the URL is refused aloud, since URLs stand in logs
/// (RFC 6750 section 5.3).
///
/// Beside the token a request may say **which build** it comes from, in the header `Token-Build: git:…`, once. A token that is bound to
/// a build is refused to all others. What is said is asserted: it stops mistakes and stale deployments, not a thief.
///
/// ```
/// use http::{HeaderMap, HeaderName, Uri};
/// use token_guard::{Credentials, NotPresented};
///
/// let credentials = Credentials::bearer().or_header(HeaderName::from_static("x-api-key"))?;
/// let mut headers = HeaderMap::new();
/// let uri = Uri::from_static("/deploy/token-core");
/// assert_eq!(credentials.find(&headers, &uri).unwrap_err(), NotPresented::Missing);
///
/// headers.insert("x-api-key", "acme_deploy_01234567".parse()?);
/// assert_eq!(credentials.find(&headers, &uri)?.bytes(), b"acme_deploy_01234567");
///
/// headers.insert("authorization", "Bearer acme_deploy_01234567".parse()?);
/// assert_eq!(credentials.find(&headers, &uri).unwrap_err(), NotPresented::Several);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    header: Option<HeaderName>,
    tickets: Option<Tickets>,
}

impl Credentials {
    /// `Authorization: Bearer …` alone.
    #[must_use]
    pub const fn bearer() -> Self {
        Self { header: None, tickets: None }
    }

    /// The header `name`, too. Its whole value is the token. A request with both is refused.
    ///
    /// RFC 6750 section 2.1 asks for `Authorization: Bearer` from every service, so that one stays.
    ///
    /// # Errors
    ///
    /// For a header that browsers or proxies send by themselves: cookies, `Authorization` and `Proxy-Authorization`; for
    /// `Sec-WebSocket-Protocol`, which [`or_ticket`](Self::or_ticket) is for; and for `Token-Build`.
    pub fn or_header(self, name: HeaderName) -> Result<Self, UnfitHeader> {
        const UNFIT: [HeaderName; 6] = [
            AUTHORIZATION,
            PROXY_AUTHORIZATION,
            COOKIE,
            SET_COOKIE,
            SEC_WEBSOCKET_PROTOCOL,
            build::TOKEN_BUILD,
        ];
        match UNFIT.contains(&name) {
            true => Err(UnfitHeader::new(name)),
            false => Ok(Self { header: Some(name), ..self }),
        }
    }

    /// A ticket of kind `K` among the subprotocols of a WebSocket, too: in `Sec-WebSocket-Protocol`, since a browser can set no
    /// other header there, and a URL stands in logs.
    ///
    /// ```js
    /// // `ticket` comes from a request with the session's own token.
    /// new WebSocket("wss://api.example.com/events", ["events.v1", ticket])
    /// ```
    ///
    /// A ticket may be used once and lives for 30 seconds at most: the header is written to logs more often than
    /// `Authorization`. The client offers it **beside** the subprotocol that is spoken, which the server selects: a browser closes a
    /// socket whose server selects none of those that it offered. Once the guard has looked, the ticket is no longer among
    /// the headers, so no handler behind the proof can select it, and send it back.
    ///
    /// A browser cannot say which build it is, either: a ticket that is bound to one is refused to it.
    ///
    /// What a ticket opened outlives it, and is ended by [`Guard::until_invalid`](crate::Guard::until_invalid) when the ticket, its subject
    /// or its kind is revoked.
    ///
    /// # Errors
    ///
    /// If the policy lets the kind's tokens be used again, live longer than 30 seconds, or gives them no format.
    pub fn or_ticket<K: TokenKind>(self) -> Result<Self, UnfitTicket> {
        Ok(Self { tickets: Some(Tickets::of::<K>()?), ..self })
    }

    /// The token of a request with these headers and this URI. Nothing is copied.
    ///
    /// # Errors
    ///
    /// [`NotPresented`], which says why there is none.
    pub fn find<'r>(
        &self,
        headers: &'r HeaderMap,
        uri: &Uri,
    ) -> Result<Presented<'r>, NotPresented> {
        if uri.query().is_some_and(syntax::has_token) {
            return Err(NotPresented::InUrl);
        }
        let bearer = match single(headers, &AUTHORIZATION)? {
            Some(value) => syntax::bearer(value.as_bytes())?,
            None => None,
        };
        let other = match &self.header {
            Some(name) => single(headers, name)?,
            None => None,
        };
        let ticket = match &self.tickets {
            Some(tickets) => tickets.find(headers)?,
            None => None,
        };
        let token = match (bearer, other, ticket) {
            (Some(token), None, None) | (None, None, Some(token)) => token,
            (None, Some(value), None) => syntax::token(value.as_bytes())?,
            (None, None, None) => return Err(NotPresented::Missing),
            _ => return Err(NotPresented::Several),
        };
        // Before anything is known of the token: what is malformed says nothing of it.
        let presented = Presented::new(token);
        Ok(match build::find(headers)? {
            Some(build) => presented.by_build(build),
            None => presented,
        })
    }

    /// Takes a ticket out of the headers, and says whether there was one.
    #[inline]
    pub(crate) fn take_ticket_out(&self, headers: &mut HeaderMap) -> bool {
        self.tickets.is_some_and(|tickets| tickets.take_out(headers))
    }

    /// Whether a token of this kind may stand where a ticket stands.
    pub(crate) fn has_tickets_of(&self, kind: &CompiledKind) -> bool {
        self.tickets.is_some_and(|tickets| tickets.are_of(kind))
    }
}

/// The value of a header that may stand in a request once.
fn single<'r>(
    headers: &'r HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'r HeaderValue>, NotPresented> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(NotPresented::Several),
    }
}
