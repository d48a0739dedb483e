//! What happened to a token.

use alloc::{borrow::Cow, vec::Vec};

use crate::TokenId;

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
    /// A token was admitted that is newer than the deployed lock: a rotation made it, and its lock is not deployed yet.
    #[non_exhaustive]
    Behind {
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

    /// A token is newer than the deployed lock. `opened` is the index of the record that opened it.
    #[must_use]
    pub fn behind(opened: Option<u64>) -> Self {
        Self::Behind { opened }
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
            Self::Behind { .. } => "behind",
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

    /// Whether it ends the token for every holder.
    pub(super) fn ends_for_all(&self) -> bool {
        matches!(self, Self::Rotated { .. } | Self::Revoked { .. } | Self::Expired { .. })
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
            | Self::Behind { .. }
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
