//! One thing that happened to a token.

use alloc::{borrow::Cow, vec::Vec};

use time::UtcDateTime;

use super::{Action, Epoch};
use crate::{PolicyDigest, TokenId};

/// One thing that happened to a token, as it is reported to a recorder.
///
/// The record's index and time are not here: the recorder adds them. No field may hold a byte of a
/// token; a token is named by its [`TokenId`], and one that could be guessed has none.
///
/// ```
/// use token_core::{TokenId, record::{Action, Event}};
///
/// let event = Event::new(Action::Created, "github-ci")
///     .token(TokenId::from_bytes([0x4f; 16]))
///     .scopes(["repo:read"])
///     .actor("deploy-service")
///     .reason("nightly deployment");
/// assert!(event.action.is_opening());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "an event is on record once a recorder has it"]
pub struct Event {
    /// What happened.
    pub action: Action,
    /// The token, if it is known and has an id: a token that could be guessed has none. The records of its life still
    /// belong together, since each of them names the index of the record that opened it.
    pub token: Option<TokenId>,
    /// The token's kind; empty for an event of the log itself.
    pub kind: Cow<'static, str>,
    /// The scopes that the token carries.
    pub scopes: Vec<Cow<'static, str>>,
    /// The digest of the policy under which it happened.
    pub policy: Option<PolicyDigest>,
    /// Who did it, in the caller's words.
    pub actor: Option<Cow<'static, str>>,
    /// Why, in the caller's words.
    pub reason: Option<Cow<'static, str>>,
    /// On whose behalf the token acts, in the issuer's words.
    pub subject: Option<Cow<'static, str>>,
    /// When the token expires, by the wall clock. An opening is closed from then on, also if no record closes it.
    pub expires_at: Option<UtcDateTime>,
    /// The token that this one was narrowed from.
    pub parent: Option<TokenId>,
    /// The [name](super::Log::name) of the log in which the indexes of the action count (`closes`, `opened`, `parent`),
    /// if it is another log than the one that holds the record.
    pub origin: Option<Cow<'static, str>>,
    /// How far the history of revocations had come, after a revocation.
    pub epoch: Option<Epoch>,
}

impl Event {
    /// An event about a token of `kind`.
    pub fn new(action: Action, kind: impl Into<Cow<'static, str>>) -> Self {
        Self {
            action,
            token: None,
            kind: kind.into(),
            scopes: Vec::new(),
            policy: None,
            actor: None,
            reason: None,
            subject: None,
            expires_at: None,
            parent: None,
            origin: None,
            epoch: None,
        }
    }

    /// A refusal. `error` is the name of an error's kind, such as [`ErrorKind::name`](crate::ErrorKind::name) gives.
    pub fn refused(
        error: impl Into<Cow<'static, str>>,
        kind: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Action::refused(error), kind)
    }

    /// The token, as [`TokenId::of`] names it: `None` for one that could be guessed.
    pub fn token(mut self, id: impl Into<Option<TokenId>>) -> Self {
        self.token = id.into();
        self
    }

    /// The scopes that the token carries.
    pub fn scopes<S: Into<Cow<'static, str>>>(
        mut self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// The digest of the policy under which it happened.
    pub fn policy(mut self, digest: PolicyDigest) -> Self {
        self.policy = Some(digest);
        self
    }

    /// Who did it. Plain words: a name, a job, a host; never a token.
    pub fn actor(mut self, actor: impl Into<Cow<'static, str>>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Why. Plain words; never a token.
    pub fn reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// On whose behalf the token acts. Plain words: a user, a job, a service; never a token.
    pub fn subject(mut self, subject: impl Into<Cow<'static, str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// When the token expires, by the wall clock.
    pub fn expires_at(mut self, moment: UtcDateTime) -> Self {
        self.expires_at = Some(moment);
        self
    }

    /// The token that this one was narrowed from.
    pub fn parent(mut self, id: impl Into<Option<TokenId>>) -> Self {
        self.parent = id.into();
        self
    }

    /// The [name](super::Log::name) of the log in which the indexes of the action count. A closing of an opening in
    /// another log closes nothing in the log that holds it.
    pub fn origin(mut self, log: impl Into<Cow<'static, str>>) -> Self {
        self.origin = Some(log.into());
        self
    }

    /// How far the history of revocations had come, after this revocation. Record revocations in the order of their
    /// epochs: the [last](super::Standing::epoch) one on record says which history the log has seen.
    pub fn epoch(mut self, epoch: Epoch) -> Self {
        self.epoch = Some(epoch);
        self
    }

    /// The event as the log with this name holds it: without an [`origin`](Self::origin) that is the log itself.
    pub fn held_by(mut self, log: &str) -> Self {
        self.origin = self.origin.filter(|origin| *origin != log);
        self
    }
}

/// What the records of one log say together. The events are those of one log.
impl Event {
    /// Whether this event closes `opening`, which is the event of the record `index` of the same log.
    ///
    /// - An event that names an opening closes that one and no other, since it is about one holder, and only if both
    ///   are about the same token. If one of them has no token id, their kinds are compared.
    /// - An event that names an opening of another log ([`origin`](Self::origin)) closes nothing here.
    /// - An event that names none closes every opening of its token if the token was rotated, revoked or expired: it is
    ///   of no more use to any holder. If it was destroyed, one holder wiped it, and it is not known which one.
    #[must_use]
    pub fn closes(&self, index: u64, opening: &Self) -> bool {
        if !opening.action.is_opening() {
            return false;
        }
        match (self.action.closes(), self.token, opening.token) {
            (Some(_), ..) if self.origin.is_some() => false,
            (Some(named), Some(ours), Some(theirs)) => named == index && ours == theirs,
            (Some(named), ..) => named == index && self.kind == opening.kind,
            (None, Some(ours), Some(theirs)) => self.action.ends_for_all() && ours == theirs,
            (None, ..) => false,
        }
    }

    /// Whether the token has expired by then. One without an expiry never has.
    #[must_use]
    pub fn is_expired_at(&self, now: UtcDateTime) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= now)
    }
}
