//! What a registry knows of one token: facts, never a byte of it.

use std::{error, fmt, time::Duration};

use token_core::{SourceDigest, TokenId, UtcDateTime, caller::Refused};

/// What a registry knows of one token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The token's public id.
    pub token: TokenId,
    /// Its kind, by name.
    pub kind: String,
    /// What it may do at most: the names of its scopes, with all that they implied when it was minted.
    pub scopes: Vec<String>,
    /// When it was minted, in whole seconds; of a narrowed token, when the one at the top was.
    pub minted_at: UtcDateTime,
    /// When it expires, in whole seconds.
    pub expires_at: UtcDateTime,
    /// How many revocations there had been when it was minted, or the token that it was narrowed from, and so on up to the one
    /// that was not narrowed. So a [rule](crate::registry::Rule) that matches a token matches all that descend from it.
    /// The registry sets it.
    pub born: u64,
    /// The token that it was narrowed from.
    pub parent: Option<TokenId>,
    /// How many tokens it descends from. At most [`MAX_DEPTH`].
    pub depth: u8,
    /// On whose behalf it acts.
    pub subject: Option<String>,
    /// Whom it is meant for.
    pub audience: Option<String>,
    /// The build that it is bound to: who presents it must say that he is this one.
    pub build: Option<SourceDigest>,
    /// Whether it may be used once only.
    pub once: bool,
    /// Who had it minted.
    pub actor: Option<String>,
    /// What for.
    pub reason: Option<String>,
    /// The record that opened it.
    pub origin: Option<Origin>,
    /// When it was used last, to the minute.
    pub last_used: Option<UtcDateTime>,
    /// Whether it is alive.
    pub state: State,
}

/// Where the opening of a token stands on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The log's name.
    pub log: String,
    /// The index of the record.
    pub index: u64,
}

/// Whether a token is alive. One that is not is a **tombstone**.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It was not revoked. It may have expired.
    Live,
    /// It was revoked, or one that it was narrowed from, or a rule matches it.
    #[non_exhaustive]
    Revoked {
        /// The number of the revocation.
        n: u64,
    },
    /// It could be used once, and was. It can still be revoked, which ends what it opened.
    Spent,
}

impl State {
    /// Revoked by the revocation with this number.
    #[must_use]
    pub const fn revoked(n: u64) -> Self {
        Self::Revoked { n }
    }
}

/// How long what a token for one use has opened may go on after the token's expiry, if it is not revoked before. A ticket of 30 seconds
/// opens a WebSocket, which then needs another one after a quarter of an hour at the latest.
///
/// [`Issuer::prune`](crate::Issuer::prune) keeps rows as long, so that what they opened can be ended by their id.
pub const LONGEST_STREAM: Duration = Duration::from_secs(15 * 60);

/// How deep a token may descend from the one that was minted.
pub const MAX_DEPTH: u8 = 8;

impl Row {
    /// A live row.
    #[must_use]
    pub fn new(
        token: TokenId,
        kind: impl Into<String>,
        minted_at: UtcDateTime,
        expires_at: UtcDateTime,
    ) -> Self {
        Self {
            token,
            kind: kind.into(),
            scopes: Vec::new(),
            minted_at,
            expires_at,
            born: 0,
            parent: None,
            depth: 0,
            subject: None,
            audience: None,
            build: None,
            once: false,
            actor: None,
            reason: None,
            origin: None,
            last_used: None,
            state: State::Live,
        }
    }

    /// Checks that this row may be put below `parent`, whose row was read **in the transaction that inserts this one**, and
    /// is locked there. Every registry calls it; so no bound comes from what a caller believed of the parent.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn check_below(&self, parent: &Self, now: UtcDateTime) -> Result<(), Unfit> {
        match parent.state {
            State::Live if parent.expires_at <= now => return Err(Unfit::ParentExpired),
            State::Live => {}
            State::Revoked { .. } => return Err(Unfit::ParentRevoked),
            State::Spent => return Err(Unfit::ParentSpent),
        }
        let fits = [
            (!parent.once && !self.once, Unfit::UsedOnce),
            (self.parent == Some(parent.token), Unfit::OtherParent),
            (self.kind == parent.kind, Unfit::OtherKind),
            (self.subject == parent.subject, Unfit::OtherSubject),
            (self.scopes.iter().all(|scope| parent.scopes.contains(scope)), Unfit::WiderScope),
            (self.expires_at <= parent.expires_at, Unfit::LongerLife),
            (parent.audience.is_none() || self.audience == parent.audience, Unfit::OtherAudience),
            (self.build == parent.build, Unfit::OtherBuild),
            (parent.depth < MAX_DEPTH && self.depth == parent.depth + 1, Unfit::TooDeep),
        ];
        fits.into_iter().find(|(fits, _)| !fits).map_or(Ok(()), |(_, unfit)| Err(unfit))
    }
}

impl Row {
    /// Whether [`spend`](crate::Registry::spend) makes it spent. Its state is by the rules.
    pub(crate) fn can_be_spent(
        &self,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> bool {
        let is_meant = self.audience.is_none() || self.audience.as_deref() == audience;
        let is_for_build = check_build(self.build.as_ref(), build.as_ref()).is_ok();
        self.state == State::Live && self.expires_at > now && is_meant && is_for_build
    }
}

/// Decides whether a token that is bound to this build, or to none, may be used by who says that he is this one, or says nothing.
pub(crate) fn check_build(
    bound: Option<&SourceDigest>,
    said: Option<&SourceDigest>,
) -> Result<(), Refused> {
    match (bound, said) {
        (None, _) => Ok(()),
        (Some(bound), Some(said)) if bound == said => Ok(()),
        (Some(_), Some(_)) => Err(Refused::WrongBuild),
        (Some(_), None) => Err(Refused::NoBuild),
    }
}

/// Why a token was not narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// The registry has no such parent.
    ParentUnknown,
    /// The parent has expired.
    ParentExpired,
    /// The parent was revoked.
    ParentRevoked,
    /// The parent could be used once, and was.
    ParentSpent,
    /// The parent or the child may be used once only: to narrow it would be to use it.
    UsedOnce,
    /// The row names another parent.
    OtherParent,
    /// The child would be of another kind.
    OtherKind,
    /// The child would act on another's behalf.
    OtherSubject,
    /// The child would have a scope that the parent lacks.
    WiderScope,
    /// The child would outlive the parent.
    LongerLife,
    /// The child would be meant for somebody else.
    OtherAudience,
    /// The child would not be bound to the build of the parent, or be bound to one when the parent is not.
    OtherBuild,
    /// The child would be more than [`MAX_DEPTH`] steps away from the token that was minted.
    TooDeep,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ParentUnknown => "the registry does not know the token that is to be narrowed",
            Self::ParentExpired => "the token that is to be narrowed has expired",
            Self::ParentRevoked => "the token that is to be narrowed was revoked",
            Self::ParentSpent => "the token that is to be narrowed could be used once, and was used",
            Self::UsedOnce => "a token that may be used once cannot be narrowed; mint another one",
            Self::OtherParent => "the row names another parent than the one that it is put below",
            Self::OtherKind => "a narrowed token is of the kind of its parent",
            Self::OtherSubject => "a narrowed token acts on behalf of its parent's subject",
            Self::WiderScope => "a narrowed token has no scope that its parent lacks; ask for fewer scopes",
            Self::LongerLife => "a narrowed token does not outlive its parent; ask for a shorter lifetime",
            Self::OtherAudience => {
                "a narrowed token is meant for the audience of its parent; leave the audience out"
            }
            Self::OtherBuild => "a narrowed token is bound to the build of its parent, or to none if that is bound to none",
            Self::TooDeep => {
                "the token that is to be narrowed descends from 8 others, which is the limit; narrow one that is nearer \
                 to the token that was minted"
            }
        })
    }
}

impl error::Error for Unfit {}
