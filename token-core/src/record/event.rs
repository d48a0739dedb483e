//! One thing that happened to a token.

use alloc::{borrow::Cow, vec::Vec};

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
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A token came into existence. Opens it.
    Created,
    /// A process admitted a token and holds it. Opens it.
    Admitted,
    /// A token was used. One event counts the uses since the last such event.
    #[non_exhaustive]
    Exposed {
        /// The index of the record that opened the token.
        opened: Option<u64>,
        /// How often, by scope. Scopes that were not used are left out.
        uses: Vec<Use>,
    },
    /// A token is held or used beyond the age at which the policy has it replaced. It stays valid.
    #[non_exhaustive]
    Overdue {
        /// The index of the record that opened the token.
        opened: Option<u64>,
    },
    /// A narrower token was made from another one. Opens the narrower one.
    #[non_exhaustive]
    Narrowed {
        /// The index of the record that opened the wider token.
        parent: Option<u64>,
    },
    /// A token was replaced by another one. Closes it.
    #[non_exhaustive]
    Rotated {
        /// The index of the record that opened it.
        closes: Option<u64>,
        /// The token that replaces it.
        successor: Option<TokenId>,
    },
    /// A token was revoked. Closes it.
    #[non_exhaustive]
    Revoked {
        /// The index of the record that opened it.
        closes: Option<u64>,
    },
    /// A token was found expired, and wiped. Closes it.
    #[non_exhaustive]
    Expired {
        /// The index of the record that opened it.
        closes: Option<u64>,
    },
    /// A token was wiped because its holder dropped it. Closes it.
    #[non_exhaustive]
    Destroyed {
        /// The index of the record that opened it.
        closes: Option<u64>,
    },
    /// A token was not admitted.
    #[non_exhaustive]
    Refused {
        /// The name of the error's kind, such as `ExcessScope`.
        error: Cow<'static, str>,
    },
    /// The log signed a checkpoint.
    #[non_exhaustive]
    Checkpointed {
        /// How many records it covers.
        size: u64,
        /// The root of their Merkle tree (RFC 6962 section 2.1).
        root: [u8; 32],
    },
    /// An event that only a newer version of this library knows.
    #[non_exhaustive]
    Other {
        /// Its name.
        name: Cow<'static, str>,
    },
}

/// How often a scope was used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Use {
    /// The scope's name.
    pub scope: Cow<'static, str>,
    /// How many exposures were for an operation that requires it.
    pub times: u64,
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
}

impl Use {
    /// `times` exposures for operations that require `scope`.
    pub fn new(scope: impl Into<Cow<'static, str>>, times: u64) -> Self {
        Self { scope: scope.into(), times }
    }
}

/// Constructors of the actions that have fields. Later versions may add fields, so the variants are `#[non_exhaustive]`.
impl Action {
    /// A token was used. `opened` is the index of the record that opened it.
    #[must_use]
    pub fn exposed(opened: Option<u64>, uses: Vec<Use>) -> Self {
        Self::Exposed { opened, uses }
    }

    /// A token is beyond the age at which the policy has it replaced. `opened` is the index of the record that opened it.
    #[must_use]
    pub fn overdue(opened: Option<u64>) -> Self {
        Self::Overdue { opened }
    }

    /// A narrower token was made from the token that the record `parent` opened.
    #[must_use]
    pub fn narrowed(parent: Option<u64>) -> Self {
        Self::Narrowed { parent }
    }

    /// The token that the record `closes` opened was replaced by `successor`.
    #[must_use]
    pub fn rotated(closes: Option<u64>, successor: Option<TokenId>) -> Self {
        Self::Rotated { closes, successor }
    }

    /// The token that the record `closes` opened was revoked.
    #[must_use]
    pub fn revoked(closes: Option<u64>) -> Self {
        Self::Revoked { closes }
    }

    /// The token that the record `closes` opened was found expired.
    #[must_use]
    pub fn expired(closes: Option<u64>) -> Self {
        Self::Expired { closes }
    }

    /// The token that the record `closes` opened was dropped.
    #[must_use]
    pub fn destroyed(closes: Option<u64>) -> Self {
        Self::Destroyed { closes }
    }

    /// A token was not admitted. `error` is the name of an error's kind, such as `ExcessScope`.
    pub fn refused(error: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused { error: error.into() }
    }

    /// The log signed a checkpoint of `size` records whose Merkle tree has this root.
    #[must_use]
    pub fn checkpointed(size: u64, root: [u8; 32]) -> Self {
        Self::Checkpointed { size, root }
    }

    /// An event that only a newer version of this library knows.
    pub fn other(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Other { name: name.into() }
    }
}

impl Action {
    /// The name in a record, such as `created`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Admitted => "admitted",
            Self::Exposed { .. } => "exposed",
            Self::Overdue { .. } => "overdue",
            Self::Narrowed { .. } => "narrowed",
            Self::Rotated { .. } => "rotated",
            Self::Revoked { .. } => "revoked",
            Self::Expired { .. } => "expired",
            Self::Destroyed { .. } => "destroyed",
            Self::Refused { .. } => "refused",
            Self::Checkpointed { .. } => "checkpointed",
            Self::Other { name } => name,
        }
    }

    /// Whether it opens a token: from this event on a process holds the token.
    #[must_use]
    pub fn is_opening(&self) -> bool {
        matches!(self.effect(), Effect::Opens)
    }

    /// Whether it closes a token: the token is replaced, revoked or gone.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        matches!(self.effect(), Effect::Closes(_))
    }

    /// The index of the opening record that it closes, if it names one.
    #[must_use]
    pub fn closes(&self) -> Option<u64> {
        match self.effect() {
            Effect::Closes(index) => index,
            Effect::None | Effect::Opens => None,
        }
    }

    fn effect(&self) -> Effect {
        match self {
            Self::Created | Self::Admitted | Self::Narrowed { .. } => Effect::Opens,
            Self::Rotated { closes, .. }
            | Self::Revoked { closes }
            | Self::Expired { closes }
            | Self::Destroyed { closes } => Effect::Closes(*closes),
            Self::Exposed { .. }
            | Self::Overdue { .. }
            | Self::Refused { .. }
            | Self::Checkpointed { .. }
            | Self::Other { .. } => Effect::None,
        }
    }
}

/// What an event does to the set of open tokens.
enum Effect {
    Closes(Option<u64>),
    None,
    Opens,
}
