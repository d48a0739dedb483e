//! What the issuer said about one token.

use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

use time::UtcDateTime;

#[cfg(feature = "policy-file")]
use super::held::{Admitted, NEVER};
use crate::{PolicyDigest, Secret, SourceDigest, clock, scope::TokenKind};
#[cfg(feature = "policy-file")]
use crate::{TokenId, scope::CompiledKind};

/// What the issuer said about one token: its scopes, when it becomes valid,
/// when it expires, whom it is meant for.
///
/// Nothing is assumed: a grant without scopes lacks every scope, and one without an expiry is refused, unless the policy
/// says `expiry = "none"` about the kind.
///
/// ```
/// use std::time::Duration;
/// use token_core::Grant;
///
/// let grant = Grant::new("repo:read deploy:run")
///     .expires_in(Duration::from_secs(3600))
///     .audience("https://api.github.com");
/// ```
#[must_use]
pub struct Grant {
    /// The text as it came. It is wiped, and not printed: in a response whose fields are mixed up
    /// it may be the token.
    scopes: Secret,
    /// Whether commas may separate scopes, which only a response that was read leniently may do.
    pub(super) commas: bool,
    pub(super) expiry: Expiry,
    /// Whether the expiry comes from the token policy, since the issuer says nothing.
    pub(super) assumed: bool,
    /// The time from which [`Expiry::In`] counts, since the Unix epoch.
    pub(super) received_at: Option<Duration>,
    /// The time before which the token is not valid, since the Unix epoch.
    pub(super) not_before: Option<Duration>,
    /// The texts as they came; wiped and not printed, for the same reason.
    pub(super) audience: Vec<Secret>,
    pub(super) policy: Option<PolicyDigest>,
    /// The source of the one build that the token is for.
    pub(super) build: Option<SourceDigest>,
    /// Which token of its slot it is.
    #[cfg_attr(
        not(feature = "policy-file"),
        allow(dead_code, reason = "only a lock is compared with it")
    )]
    pub(super) generation: Option<u64>,
}

/// When a token expires.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expiry {
    Unknown,
    /// Since the Unix epoch.
    At(Duration),
    /// Counted from the time at which the token was received, by default from admission.
    In(Duration),
}

impl Grant {
    /// A grant of `scopes`: names separated by single spaces, as in the
    /// `scope` of a token response (RFC 6749 section 3.3).
    pub fn new(scopes: &str) -> Self {
        Self::of(Secret::copy_of(scopes.as_bytes()))
    }

    /// A grant of the scopes that a source read.
    pub(crate) fn of(scopes: Secret) -> Self {
        Self {
            scopes,
            commas: false,
            expiry: Expiry::Unknown,
            assumed: false,
            received_at: None,
            not_before: None,
            audience: Vec::new(),
            policy: None,
            build: None,
            generation: None,
        }
    }

    /// A grant of what the token policy says about kind `K`, for a token whose issuer says nothing
    /// (a personal access token in a file): exactly the kind's scopes and audience, and the longest
    /// lifetime, counted from `issued_at`.
    ///
    /// It is the weakest of all grants, since nothing in it comes from the issuer. For `issued_at`
    /// take a time that is not too late, such as the one at which the file was written.
    ///
    /// If the policy gives a `max_lifetime`, the token is refused once it is that old, although the issuer may still
    /// accept it. For a token that has no expiry at its issuer write `expiry = "none"` into the policy: then it never
    /// expires here either, and is [overdue](crate::Token::is_overdue) at the age that `rotate` gives.
    pub fn assumed<K: TokenKind>(issued_at: UtcDateTime) -> Self {
        let kind = K::COMPILED;
        let scopes: Vec<&str> = kind.listed().collect();
        let mut grant = Self::new(&scopes.join(" "));
        let issued_at = clock::since_epoch(issued_at);
        let end = |max_lifetime| Expiry::At(issued_at.saturating_add(max_lifetime));
        grant.expiry = kind.max_lifetime.map_or(Expiry::Unknown, end);
        grant.assumed = true;
        grant.not_before = Some(issued_at);
        grant.audience.extend(kind.audience.map(|audience| Secret::copy_of(audience.as_bytes())));
        grant
    }

    /// Names may also be separated by commas, as some issuers do. A declared scope that has a comma wins.
    #[cfg(feature = "json")]
    pub(crate) fn with_commas(mut self, commas: bool) -> Self {
        self.commas = commas;
        self
    }

    /// The token expires at `moment`. Give [`not_before`](Self::not_before) too, if you know it:
    /// the lifetime is the difference of the two, and at most the kind's maximum, exactly. Without it the remaining
    /// lifetime is limited, to the maximum and the policy's `leeway`, since the issuer's clock may be ahead of ours.
    pub fn expires_at(mut self, moment: UtcDateTime) -> Self {
        self.expiry = Expiry::At(clock::since_epoch(moment));
        self.assumed = false;
        self
    }

    /// The token expires `lifetime` after it is admitted, as `expires_in`
    /// means in a token response that has just arrived (RFC 6749 section 5.1).
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expiry = Expiry::In(lifetime);
        self.assumed = false;
        self
    }

    /// The token was received at `moment`, so [`expires_in`](Self::expires_in) counts from there.
    /// Call it for a response that was kept for a while.
    pub fn received_at(mut self, moment: UtcDateTime) -> Self {
        self.received_at = Some(clock::since_epoch(moment));
        self
    }

    /// The token is valid from `moment` on. Its lifetime is counted from there.
    pub fn not_before(mut self, moment: UtcDateTime) -> Self {
        self.not_before = Some(clock::since_epoch(moment));
        self
    }

    /// The token is meant for `audience`. Call it again for a further one.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into().into());
        self
    }

    /// The token is the one of this generation in its slot: 1 for the first, then one more at each rotation, as a lock
    /// counts them. A store of versions can say so.
    ///
    /// It is compared if the token is [admitted by a lock](crate::Admission::locked_by).
    pub fn generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }

    /// The facts that are compared with a lock.
    #[cfg(feature = "policy-file")]
    pub(super) fn facts(
        &self,
        kind: &CompiledKind,
        id: Option<TokenId>,
        admitted: &Admitted,
    ) -> crate::policy::Facts {
        let ends = admitted.expires_at != NEVER;
        crate::policy::Facts {
            id,
            expires: ends.then(|| admitted.expires_at.saturating_sub(kind.leeway)),
            is_exact: matches!(self.expiry, Expiry::At(_)) && !self.assumed,
            generation: self.generation,
            now: admitted.now.wall,
        }
    }

    /// The token was issued under the token policy with this digest.
    pub fn policy(mut self, digest: PolicyDigest) -> Self {
        self.policy = Some(digest);
        self
    }

    /// The token was issued for the program that was built from this source, and for no other. Admission refuses it in
    /// another build, and in one whose source is [unknown](crate::policy::CompiledPolicy::built_from).
    pub fn for_build(mut self, source: SourceDigest) -> Self {
        self.build = Some(source);
        self
    }

    /// The list of scopes; empty if it is not UTF-8, so that admission finds every scope missing.
    pub(super) fn scopes(&self) -> &str {
        core::str::from_utf8(self.scopes.bytes()).unwrap_or_default()
    }
}

impl Clone for Grant {
    fn clone(&self) -> Self {
        let copy = |text: &Secret| Secret::copy_of(text.bytes());
        Self {
            scopes: copy(&self.scopes),
            audience: self.audience.iter().map(copy).collect(),
            ..*self
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("expiry", &self.expiry)
            .field("not_before", &self.not_before)
            .field("policy", &self.policy)
            .field("build", &self.build)
            .finish_non_exhaustive()
    }
}
