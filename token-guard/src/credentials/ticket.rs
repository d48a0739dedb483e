//! Tickets in `Sec-WebSocket-Protocol` (RFC 6455 section 11.3.4).

use std::{error, fmt, time::Duration};

use http::{HeaderMap, HeaderValue, header::SEC_WEBSOCKET_PROTOCOL};
use token_core::{
    TokenKind,
    scope::{CompiledKind, Prefix, Uses},
};

use super::{NotPresented, syntax};

/// How tickets begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tickets(Prefix);

impl Tickets {
    pub(super) fn of<K: TokenKind>() -> Result<Self, UnfitTicket> {
        let kind = K::COMPILED;
        let unfit = |why| Err(UnfitTicket { kind: kind.name, why });
        match (kind.format, kind.max_lifetime) {
            _ if kind.uses != Uses::Once => unfit(Why::Reusable),
            (_, None) => unfit(Why::Endless),
            (_, Some(longest)) if longest > LONGEST => unfit(Why::TooLong(longest)),
            (None, Some(_)) => unfit(Why::WithoutFormat),
            (Some(format), Some(_)) => Ok(Self(format)),
        }
    }

    /// The ticket among the subprotocols of a request.
    pub(super) fn find<'r>(
        &self,
        headers: &'r HeaderMap,
    ) -> Result<Option<&'r [u8]>, NotPresented> {
        let (mut ticket, mut is_alone) = (None, true);
        for protocol in protocols(headers) {
            match self.is_ticket(protocol) {
                true if ticket.is_some() => return Err(NotPresented::Several),
                true => ticket = Some(protocol),
                false => is_alone = false,
            }
        }
        match ticket {
            Some(_) if is_alone => Err(NotPresented::TicketAlone),
            Some(ticket) => syntax::token(ticket).map(Some),
            None => Ok(None),
        }
    }

    /// Takes tickets out of the headers, and leaves the other subprotocols. Says whether there was one.
    pub(super) fn take_out(&self, headers: &mut HeaderMap) -> bool {
        if !protocols(headers).any(|protocol| self.is_ticket(protocol)) {
            return false;
        }
        let others: Vec<_> = protocols(headers).filter(|other| !self.is_ticket(other)).collect();
        match HeaderValue::from_bytes(&others.join(&b", "[..])) {
            Ok(others) if !others.is_empty() => {
                headers.insert(SEC_WEBSOCKET_PROTOCOL, others);
            }
            Ok(_) | Err(_) => {
                headers.remove(SEC_WEBSOCKET_PROTOCOL);
            }
        }
        true
    }

    /// Whether the verifier says of what was found here that it is a ticket.
    pub(super) fn are_of(&self, kind: &CompiledKind) -> bool {
        kind.format == Some(self.0) && kind.uses == Uses::Once
    }

    fn is_ticket(&self, protocol: &[u8]) -> bool {
        let rest = protocol.strip_prefix(self.0.name().as_bytes());
        rest.is_some_and(|rest| rest.starts_with(b"_"))
    }
}

/// The subprotocols that the client offers. The header may stand there several times (RFC 6455 section 11.3.4).
fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let protocols = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    protocols.map(<[u8]>::trim_ascii).filter(|protocol| !protocol.is_empty())
}

/// How long a ticket may live at most.
const LONGEST: Duration = Duration::from_secs(30);

/// A kind whose tokens are no tickets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnfitTicket {
    kind: &'static str,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Reusable,
    Endless,
    TooLong(Duration),
    WithoutFormat,
}

impl fmt::Display for UnfitTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, why } = self;
        write!(f, "tokens of kind `{kind}` are no tickets: ")?;
        match why {
            Why::Reusable => f.write_str("they may be used again; write `uses = \"once\"` in the policy"),
            Why::Endless => f.write_str("they need not expire; write `max_lifetime = \"30s\"` in the policy"),
            Why::TooLong(longest) => write!(
                f,
                "they may live {longest:?}, and the header is written to logs more often than `Authorization`; \
                 write `max_lifetime = \"30s\"` or less in the policy"
            ),
            Why::WithoutFormat => f.write_str(
                "they have no format, by which a ticket is told from a subprotocol; write `format = \"…\"` in the policy",
            ),
        }
    }
}

impl fmt::Debug for UnfitTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for UnfitTicket {}
