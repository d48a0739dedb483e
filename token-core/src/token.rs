//! The typed token: admitted once, exposed for operations, wiped.

mod admission;
mod admit;
mod closing;
mod current;
mod expose;
mod grant;
mod held;
mod mask;
mod never;
mod recording;
mod use_counts;

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, marker::PhantomData, time::Duration};

use time::UtcDateTime;

pub use admission::Admission;
#[cfg(feature = "std")]
pub(crate) use admit::first_malformed;
pub use current::{Current, Lease};
pub use expose::Exposed;
pub use grant::Grant;
use held::Held;
pub use mask::{Mask, Masked};

use crate::{
    Error,
    clock::{self, Clock},
    id::TokenId,
    scope::{PermittedBy, Reusable, ScopeList, TokenKind},
    secret::Secret,
};

/// A token of kind `K`: a secret that was checked against the token policy.
///
/// - It is made only by [admission](Admission), and read only by [exposure](Self::expose_for) for
///   an operation. The compiler permits an exposure only if `K` grants the operation's scopes.
/// - It is wiped when it is dropped, and as soon as [`expose_for`](Self::expose_for), [`check`](Self::check) or
///   [`remaining`](Self::remaining) finds it expired. If it is exposed at that moment, it is wiped when its last
///   exposure ends.
/// - There is no `Clone`, `Display`, `Serialize`, `Deref`, `Hash` or `==`. Share it in an [`Arc`].
///
/// A token has an [id](Self::id), by which logs and records name it. A token that could be guessed, such as a password,
/// has none, so that nobody can try guesses on it; it is used like any other.
///
/// A token is not renewed: the crate `token-rotate` admits another one in its place, well before
/// [`remaining`](Self::remaining) is zero. Ask for a [`Current`] if your code should not care who keeps the token. Tokens
/// are `Send` and `Sync`. [Exposures](Exposed#not-across-an-await) are not, so that no spawned future holds one while it
/// waits.
///
/// A `Token` is one pointer wide; moving it copies no byte of the secret.
///
/// # After `fork`
///
/// A child has a copy of every token that its parent had, as of all memory, until it executes a program or ends. There a
/// token is wiped like in the parent: when it is dropped, or found expired by the child's own look at it, whatever other
/// threads of the parent were doing at the moment of the fork. What the parent wipes later, the child keeps.
/// [`std::process::Command`] executes a program, so it leaves no copy.
///
/// ```
/// # #[cfg(all(feature = "derive", feature = "std"))] {
/// use std::time::Duration;
/// use token_core::{Grant, RequireScopes, Scope, Secret, Token, TokenKind};
///
/// #[derive(Scope)]
/// #[scope("repo:read")]
/// enum RepoRead {}
///
/// #[derive(TokenKind)]
/// #[token_kind(name = "github-ci", scopes(RepoRead), max_lifetime = "1h")]
/// enum GithubCi {}
///
/// #[derive(RequireScopes)]
/// #[require(RepoRead)]
/// struct ListRepos;
///
/// let secret = Secret::from(String::from("ghp_exampleexampleexample"));
/// let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
/// let token = Token::<GithubCi>::admit(secret, &grant)?;
///
/// let exposed = token.expose_for(&ListRepos)?;
/// assert_eq!(exposed.as_str(), "ghp_exampleexampleexample");
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
#[must_use = "a token that is not used is wiped at once"]
pub struct Token<K: TokenKind> {
    held: Box<Held>,
    // Of exactly this type: a subtype may be another kind.
    kind: PhantomData<fn(K) -> K>,
}

impl<K: TokenKind> Token<K> {
    /// Admits a secret whose grant matches kind `K` exactly, on the system's clocks and without a
    /// recorder. [`Admission`] admits tokens with one.
    ///
    /// # Errors
    ///
    /// One [kind](crate::ErrorKind) for each rule: `MissingScope`, `ExcessScope`, `MalformedScope`, `NoExpiry`,
    /// `LifetimeTooLong`, `Expired`, `NotYetValid`, `WrongAudience`, `WrongFormat`, `PolicyMismatch`, `BuildMismatch`, `Malformed`.
    /// The secret is wiped.
    #[cfg(all(feature = "std", not(all(target_family = "wasm", target_os = "unknown"))))]
    pub fn admit(secret: Secret, grant: &Grant) -> Result<Self, Error> {
        Admission::new().admit(secret, grant)
    }

    /// Admits a secret like [`admit`](Self::admit), on the given clock, which
    /// the token keeps for its exposures.
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit).
    pub fn admit_with_clock(
        secret: Secret,
        grant: &Grant,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        Admission::with_clock(clock).admit(secret, grant)
    }

    fn of(held: Box<Held>) -> Self {
        Self { held, kind: PhantomData }
    }

    /// Exposes the token's text for an operation that kind `K` permits, while the token is valid.
    /// Besides [`spend_for`](Self::spend_for) this is the only way to read a token.
    ///
    /// Hold the result no longer than the operation takes: a token that
    /// expires meanwhile is wiped when its last exposure ends.
    ///
    /// # Errors
    ///
    /// [`Expired`](crate::ErrorKind::Expired), by the wall clock or by the
    /// monotonic clock; the token is wiped, and stays expired whatever the
    /// clocks say later. [`Ended`](crate::ErrorKind::Ended) if somebody has [ended](Self::end) it before.
    #[inline]
    pub fn expose_for<O>(&self, operation: &O) -> Result<Exposed<'_>, Error>
    where
        O: PermittedBy<K> + ?Sized,
        K: Reusable,
    {
        let _ = operation;
        self.held.expose(K::COMPILED.name, O::Scopes::NAMES).map(Exposed::borrowed)
    }

    /// Exposes the token's text for an operation, and lends it to `read`: [`expose_for`](Self::expose_for) in one line, also
    /// behind a [`Lease`].
    ///
    /// ```
    /// # #[cfg(all(feature = "derive", feature = "std"))] {
    /// # use token_core::*;
    /// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
    /// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
    /// # #[derive(RequireScopes)] #[require(RepoRead)] struct ListRepos;
    /// # let grant = Grant::new("repo:read").expires_in(std::time::Duration::from_secs(60));
    /// # let token = Token::<Ci>::admit(Secret::from(String::from("abc")), &grant)?;
    /// let length = token.current()?.with(&ListRepos, |exposed| exposed.as_str().len())?;
    /// assert_eq!(length, 3);
    /// # }
    /// # Ok::<(), token_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`expose_for`](Self::expose_for); then `read` is not called.
    pub fn with<O, R>(
        &self,
        operation: &O,
        read: impl FnOnce(&Exposed<'_>) -> R,
    ) -> Result<R, Error>
    where
        O: PermittedBy<K> + ?Sized,
        K: Reusable,
    {
        self.expose_for(operation).map(|exposed| read(&exposed))
    }

    /// Exposes the token's text for an operation and uses the token up. This is the only way to use
    /// a token of a kind with `uses = "once"`; tokens of all other kinds can be spent too.
    ///
    /// The result owns the text, so it stays readable beyond the expiry until you drop it: use it at
    /// once. A [recorder](Admission::recorder) gets the use now, and the end when you drop the result.
    ///
    /// # Errors
    ///
    /// [`Expired`](crate::ErrorKind::Expired); the token is wiped. [`Ended`](crate::ErrorKind::Ended).
    pub fn spend_for<O>(self, operation: &O) -> Result<Exposed<'static>, Error>
    where
        O: PermittedBy<K> + ?Sized,
    {
        let _ = operation;
        self.held.spend(K::COMPILED.name, O::Scopes::NAMES).map(Exposed::owned)
    }

    /// Checks that the token is still valid, and wipes it if it is not: for health checks, and for
    /// a task that wipes expired tokens which no operation uses. A check is not counted as a use.
    ///
    /// # Errors
    ///
    /// [`Expired`](crate::ErrorKind::Expired), [`Ended`](crate::ErrorKind::Ended).
    pub fn check(&self) -> Result<(), Error> {
        self.held.expose(K::COMPILED.name, &[]).map(drop)
    }

    /// Another token has taken this one's place. It stays valid; but its closing event on record will be
    /// [`Rotated`](crate::record::Action::Rotated) with the [id](Self::id) of the other, in the place of `Destroyed` or
    /// `Expired`. Of several calls the first counts. Without a [recorder](Admission::recorder) it does nothing.
    ///
    /// ```
    /// # use token_core::{Token, TokenKind};
    /// # fn swap<K: TokenKind>(old: Token<K>, new: &Token<K>) {
    /// old.replaced_by(new.id());
    /// drop(old); // wiped; on record: rotated
    /// # }
    /// ```
    pub fn replaced_by(&self, successor: impl Into<Option<TokenId>>) {
        self.held.replaced_by(successor.into());
    }

    /// Ends the token now, whoever shares it: it is wiped, at once or when its last exposure ends, and its end is put on
    /// record. Later exposures fail with [`Ended`](crate::ErrorKind::Ended). A token that was found expired stays expired.
    ///
    /// For who replaces tokens that others have [leases](Lease) of. An owner drops its token.
    pub fn end(&self) {
        self.held.end();
    }

    /// Whether the token is valid now. Unlike [`check`](Self::check) it neither wipes nor counts, and costs little more than reading
    /// the clocks. The exposure that follows looks again.
    #[inline]
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.held.is_valid()
    }

    /// The token's id: a fingerprint that is safe to log. `None` if the token could be guessed, such as a password,
    /// since whoever has its id could try guesses. See [`TokenId::of`].
    #[must_use]
    pub fn id(&self) -> Option<TokenId> {
        self.held.id()
    }

    /// When the token expires by the wall clock, leeway included. `None` if it never does.
    #[must_use]
    pub fn expires_at(&self) -> Option<UtcDateTime> {
        known(self.held.expires_at())
    }

    /// How long the token is still valid, by the clock that is further ahead. Zero if it has expired;
    /// then it is wiped, as by [`check`](Self::check). [`Duration::MAX`] if it never expires.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.held.remaining()
    }

    /// When the token reaches the age at which the policy has it replaced: `rotate = { after = "90d" }`. `None` if the
    /// policy gives no age.
    ///
    /// The age counts from the earliest time that is known: the `issued_at` of [`Grant::assumed`], the grant's
    /// [`not_before`](Grant::not_before) or [`received_at`](Grant::received_at), or the admission.
    #[must_use]
    pub fn rotate_at(&self) -> Option<UtcDateTime> {
        known(self.held.rotate_at())
    }

    /// Whether the token is older than the policy wants it to be, by the wall clock. It works all the same: refusing a
    /// key that works would be an outage. Warn of it, for example in a health check; a
    /// [recorder](Admission::recorder) gets the event [`Overdue`](crate::record::Action::Overdue).
    ///
    /// ```
    /// # use token_core::{Token, TokenKind};
    /// fn warn<K: TokenKind>(token: &Token<K>) {
    ///     if token.is_overdue() {
    ///         eprintln!("{token:?} was to be replaced at {:?}", token.rotate_at());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.held.is_overdue()
    }

    /// Whether the token was newer than the deployed lock when it was admitted: a rotation made it, and the lock of
    /// that rotation is not deployed yet. It is `false` for a token that was admitted without a lock.
    ///
    /// The [recorder](Admission::recorder) got the event [`Behind`](crate::record::Action::Behind) then.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.held.is_behind()
    }
}

fn known(moment: Duration) -> Option<UtcDateTime> {
    (moment != held::NEVER).then(|| clock::moment(moment))
}

impl<K: TokenKind> fmt::Debug for Token<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The id as a whole: whoever chooses tokens can make one whose id has the same eight digits within two minutes.
        write!(f, "Token({}", K::COMPILED.name)?;
        self.id().map_or(Ok(()), |id| write!(f, "#{id}"))?;
        f.write_str(" [redacted])")
    }
}

impl<K: TokenKind> zeroize::ZeroizeOnDrop for Token<K> {}
