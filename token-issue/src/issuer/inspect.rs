//! What a presented token may do, for who does not use it: asked of the registry each time, and nothing is used up.

use std::fmt;

use token_core::{
    AnyScopeSet, SourceDigest, TokenId, TokenKind, UtcDateTime, caller::Presented, record::Epoch,
    scope::CompiledKind,
};
use token_policy::format;

use super::Issuer;
use crate::{
    Issued, Narrow,
    digest::Digest,
    error::{Cause, Error},
    mint::draft::end,
    row::{MAX_DEPTH, Row, State, check_build},
};

/// Facts about a token that was valid when [`Issuer::inspect`] looked.
///
/// It is no [`Caller`](token_core::Caller) and permits nothing: an endpoint tells others what stands here.
#[derive(Clone)]
pub struct Inspected {
    kind: &'static CompiledKind,
    scopes: AnyScopeSet,
    expires_at: UtcDateTime,
    row: Row,
}

impl Issuer {
    /// Looks a presented token up in the registry, whomever it is meant for. `None` if it is not valid: no token of ours, unknown,
    /// expired, revoked, used once, or bound to another build than [`Presented::build`].
    ///
    /// It reads the registry each time, so what it says is not older than the call. Other than a verifier it uses nothing up: a token
    /// that may be used once can be used afterwards. What does not look like a token of the policy is not looked up.
    ///
    /// # Errors
    ///
    /// The registry fails ([`Unavailable`](crate::ErrorKind::Unavailable), [`Timeout`](crate::ErrorKind::Timeout), …), or is not the
    /// one that the issuer started on ([`OtherHistory`](crate::ErrorKind::OtherHistory)).
    pub async fn inspect(&self, presented: Presented<'_>) -> Result<Option<Inspected>, Error> {
        let found = self.inspect_to_revoke(presented).await?;
        Ok(found.filter(|token| check_build(token.build(), presented.build()).is_ok()))
    }

    /// As [`inspect`](Self::inspect), whichever build the token is bound to: for who ends a token, and does not let anybody use it. A
    /// token that has leaked must be revocable by who does not know its build.
    ///
    /// # Errors
    ///
    /// As [`inspect`](Self::inspect).
    pub async fn inspect_to_revoke(
        &self,
        presented: Presented<'_>,
    ) -> Result<Option<Inspected>, Error> {
        let shared = self.shared();
        shared.check_digests()?;
        if !self.looks_like_ours(presented.bytes()) {
            return Ok(None);
        }
        let digests = shared.peppers.over(Digest::of(presented.bytes()));
        let read = shared.asked(shared.registry.read(digests, ANY), shared.deadline()).await?;
        if read.answer.in_recovery {
            return Err(Cause::InRecovery.into());
        }
        self.check_history()?;
        Ok(read.row.and_then(|row| self.inspected(row)))
    }

    /// Whether a token is this one, or descends from it.
    ///
    /// # Errors
    ///
    /// The registry fails.
    pub async fn descends(&self, token: &Inspected, from: TokenId) -> Result<bool, Error> {
        let mut next = Some(token.row.token);
        for _ in 0..=MAX_DEPTH {
            match next {
                Some(token) if token == from => return Ok(true),
                Some(token) => next = self.show(token).await?.and_then(|row| row.parent),
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    /// As [`narrow`](Self::narrow), below a token that was inspected.
    ///
    /// # Errors
    ///
    /// As [`narrow`](Self::narrow).
    pub async fn narrow_inspected<K: TokenKind>(
        &self,
        parent: &Inspected,
        narrow: Narrow<K>,
    ) -> Result<Issued<K>, Error> {
        self.narrow_below(parent.row.token, narrow).await
    }

    fn looks_like_ours(&self, text: &[u8]) -> bool {
        let prefix = format::check(text).ok().and_then(|token| token.prefix().strip_suffix('_'));
        let kinds = self.shared().policy.kinds.iter();
        prefix.is_some_and(|prefix| {
            kinds.filter_map(|kind| kind.format).any(|format| format.name() == prefix)
        })
    }

    /// By the rules of today, as a verifier has them.
    fn inspected(&self, row: Row) -> Option<Inspected> {
        let kind = self.shared().policy.kinds.iter().find(|kind| kind.name == row.kind)?;
        let expires_at = end(kind, &row);
        let is_valid = row.state == State::Live && expires_at > self.now().latest;
        let scopes = AnyScopeSet::still_carried(kind, row.scopes.iter().map(String::as_str));
        is_valid.then_some(Inspected { kind, scopes, expires_at, row })
    }
}

/// The epoch of a node that knows nothing yet: all that it asks for is the row.
const ANY: Epoch = Epoch { n: 0, mark: [0; 16] };

impl Inspected {
    /// The token's public id.
    #[must_use]
    pub const fn token(&self) -> TokenId {
        self.row.token
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static CompiledKind {
        self.kind
    }

    /// Whether it is of this kind: `K::COMPILED` of a kind, or one of [`Kinds::ALL`](token_core::Kinds::ALL).
    #[must_use]
    pub fn is_of(&self, kind: &CompiledKind) -> bool {
        (kind.name, kind.policy) == (self.kind.name, self.kind.policy)
    }

    /// The scopes that it carries today, implied ones included.
    #[must_use]
    pub const fn scopes(&self) -> &AnyScopeSet {
        &self.scopes
    }

    /// When it was minted, in whole seconds; of a narrowed token, when the one at the top was.
    #[must_use]
    pub const fn minted_at(&self) -> UtcDateTime {
        self.row.minted_at
    }

    /// When it expires, in whole seconds, by its row and by what its kind allows today.
    #[must_use]
    pub const fn expires_at(&self) -> UtcDateTime {
        self.expires_at
    }

    /// On whose behalf it acts.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.row.subject.as_deref()
    }

    /// Whom it is meant for.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.row.audience.as_deref()
    }

    /// The build that it is bound to.
    #[must_use]
    pub const fn build(&self) -> Option<&SourceDigest> {
        self.row.build.as_ref()
    }

    /// The token that it was narrowed from.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        self.row.parent
    }
}

impl fmt::Debug for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspected")
            .field("kind", &self.kind.name)
            .field("token", &self.row.token)
            .field("scopes", &self.scopes)
            .field("subject", &self.row.subject)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
