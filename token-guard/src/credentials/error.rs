//! Why a request presented no token.

use std::{error, fmt};

use http::HeaderName;

/// Why a request presented no token that a verifier could be asked about. It holds nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotPresented {
    /// The request has no credentials, or of another scheme.
    Missing,
    /// The request has several: two headers, or one header twice.
    Several,
    /// The header is there, but its value has not the syntax of a token.
    Malformed,
    /// The URL has the parameter `access_token`.
    InUrl,
    /// The request says several builds: the header `Token-Build` stands there twice.
    SeveralBuilds,
    /// The header `Token-Build` is there, but its value is no digest of a source.
    MalformedBuild,
    /// A WebSocket was asked for with a ticket, and with no subprotocol that the server could select in its place.
    TicketAlone,
}

impl NotPresented {
    /// The name of the reason, as it stands in events and audit records. It stays the same in later versions.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Missing => "NotPresented",
            Self::Several => "SeveralPresented",
            Self::Malformed => "MalformedHeader",
            Self::InUrl => "PresentedInUrl",
            Self::SeveralBuilds => "SeveralBuilds",
            Self::MalformedBuild => "MalformedBuild",
            Self::TicketAlone => "TicketAlone",
        }
    }

    /// The sentence, in the characters that a quoted string may have.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Missing => "the request has no token; send it as Authorization: Bearer",
            Self::Several => "the request has several tokens; send one, in one header",
            Self::Malformed => {
                "the header has not the syntax of a token; check that it was copied whole"
            }
            Self::InUrl => {
                "the URL has the parameter access_token, and URLs stand in logs; replace the token, and send it in a header"
            }
            Self::SeveralBuilds => "the request has the header Token-Build twice; send it once",
            Self::MalformedBuild => {
                "Token-Build is no digest of a source: git: and 40 or 64 lowercase hexadecimal digits, or sha256: and 64"
            }
            Self::TicketAlone => {
                "Sec-WebSocket-Protocol has a ticket alone; offer the subprotocol that is spoken, too, which the server selects"
            }
        }
    }
}

impl fmt::Display for NotPresented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl error::Error for NotPresented {}

/// A header that tokens are not taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfitHeader(HeaderName);

impl UnfitHeader {
    pub(super) const fn new(name: HeaderName) -> Self {
        Self(name)
    }
}

impl fmt::Display for UnfitHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.0;
        match *name {
            http::header::AUTHORIZATION => {
                write!(f, "`{name}` is read in any case; name another header, or none")
            }
            http::header::SEC_WEBSOCKET_PROTOCOL => write!(
                f,
                "`{name}` has subprotocols, of which the server sends one back; use `or_ticket`"
            ),
            ref name if *name == super::build::TOKEN_BUILD => write!(
                f,
                "`{name}` says which build a request comes from; name another header, such as `x-api-key`"
            ),
            _ => write!(
                f,
                "no token is taken from `{name}`, which browsers and proxies send by themselves; name another header, such as `x-api-key`"
            ),
        }
    }
}

impl error::Error for UnfitHeader {}
