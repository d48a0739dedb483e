//! What is told of one refusal. Nothing of it is the client's own text.

use http::{Method, request::Parts};
use token_core::{TokenId, caller::Presented, record::Event, scope::CompiledKind};

use crate::Reason;

/// What is told of one refusal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'f> {
    /// Of a token that the verifier knows. The id of a text that somebody sent would name nothing.
    pub(crate) token: Option<TokenId>,
    /// The token's kind, if it is known.
    pub(crate) kind: &'static str,
    /// The scopes that were needed.
    pub(crate) needs: &'static [&'static str],
    /// `None` for a method that a client may have made up.
    pub(crate) method: Option<&'static str>,
    /// The route, as the service wrote it. The path of the request could hold a token.
    pub(crate) path: Option<&'f str>,
}

impl<'f> Facts<'f> {
    /// What may be told of the request itself.
    pub(crate) fn of(parts: &'f Parts) -> Self {
        Self { method: standard(&parts.method), path: route(parts), ..Self::default() }
    }

    /// The id of a token that the verifier knows, and its kind, if it is one of those that were asked for.
    pub(crate) fn with_token(self, token: Presented<'_>, kinds: &[&'static CompiledKind]) -> Self {
        let is_of = |kind: &&&CompiledKind| kind.format.is_some_and(|it| it.fits(token.bytes()));
        let kind = kinds.iter().find(is_of).map_or("", |kind| kind.name);
        Self { token: TokenId::of(token.bytes()), kind, ..self }
    }

    /// The record.
    pub(super) fn event(&self, reason: Reason) -> Event {
        let kind = if self.kind.is_empty() { reason.kind() } else { self.kind };
        let event = Event::refused(reason.name(), kind).token(self.token);
        match self.request() {
            words if words.is_empty() => event,
            words => event.reason(words),
        }
    }

    /// `POST /deploy/{repo}, which needs deploy:run`.
    fn request(&self) -> String {
        let request = [self.method, self.path].into_iter().flatten();
        let mut words = request.collect::<Vec<_>>().join(" ");
        if !self.needs.is_empty() {
            words.push_str(if words.is_empty() { "needs " } else { ", which needs " });
            words.push_str(&self.needs.join(" "));
        }
        words
    }

    #[cfg(feature = "tracing")]
    pub(super) fn trace(&self, reason: Reason) {
        let kind = if self.kind.is_empty() { reason.kind() } else { self.kind };
        tracing::warn!(
            target: "token_guard",
            reason = reason.name(),
            token = self.token.map(tracing::field::display),
            kind = (!kind.is_empty()).then_some(kind),
            needs = (!self.needs.is_empty()).then(|| self.needs.join(" ")),
            method = self.method,
            path = self.path,
            "refused: {reason}"
        );
    }

    #[cfg(not(feature = "tracing"))]
    #[allow(clippy::unused_self, reason = "it is the same call with and without tracing")]
    pub(super) fn trace(&self, _: Reason) {}
}

/// Says how many refusals were not told one by one.
#[cfg(feature = "tracing")]
pub(super) fn trace_left_out(reason: &str, left_out: u64) {
    tracing::warn!(target: "token_guard", reason, left_out, "more refusals, not told one by one");
}

#[cfg(not(feature = "tracing"))]
pub(super) fn trace_left_out(_: &str, _: u64) {}

/// The record of refusals that were not recorded one by one.
pub(super) fn event_left_out(reason: &'static str, number: u64) -> Event {
    Event::refused(reason, "").reason(format!("{number} more, not recorded one by one"))
}

fn standard(method: &Method) -> Option<&'static str> {
    const STANDARD: [(Method, &str); 9] = [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::CONNECT, "CONNECT"),
        (Method::TRACE, "TRACE"),
    ];
    STANDARD.iter().find(|(known, _)| known == method).map(|(_, name)| *name)
}

#[cfg(feature = "axum")]
fn route(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
fn route(_: &Parts) -> Option<&str> {
    None
}
