//! Verifies the tokens that the issuer minted.

mod budget;
mod cache;
mod clocks;
mod counters;
mod flight;
mod gate;
mod health;
mod kinds;
pub mod metrics;
mod options;
mod permit;
mod poll;
mod shared;
mod threads;
mod warm_up;
mod watch;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use token_core::{
    AnyCaller, UtcDateTime, Verify,
    caller::{Boxed, Hit, Presented, Refused},
    policy::CompiledPolicy,
};

pub use health::{Distrusted, Health};
pub use options::VerifierOptions;

use self::{
    kinds::is_once,
    metrics::Counts,
    shared::{Shared, lock},
    threads::Threads,
};
use crate::{Registry, digest::Digest};

/// Verifies the tokens that the issuer minted, from memory where it can.
///
/// A token that was presented before is answered from memory: without a wait, an allocation or a question to the registry. A token is
/// read once, and then stays in memory until it expires or is revoked. **What is revoked is refused everywhere within a second**:
/// the verifier asks the registry several times a second what was revoked, and when it has not heard of it for a second,
/// its memory counts no more. Then each token is read, and refused as [`Unavailable`](Refused::Unavailable) if
/// that fails too.
///
/// A token that may be used once (`uses = "once"` in the policy) is never in memory: one change of the registry uses it up, and of all
/// verifiers that are shown it at the same time one takes it. What it opened may go on after its expiry, for
/// [`LONGEST_STREAM`](crate::LONGEST_STREAM): [`until_invalid`](Verify::until_invalid) ends it then, or when the token, its kind
/// or its subject is revoked.
///
/// A token that was [minted for a build](crate::Mint::for_build) is refused unless [`Presented::by_build`] says that build. What is
/// said is asserted: it stops mistakes and stale deployments, not a thief. A token that is bound to none is verified alike,
/// whatever is said.
///
/// When a token was used last, to the minute, is told to the registry in batches. If that fails nobody is refused.
///
/// It is cheap to clone. Its threads end when the last clone is dropped.
///
/// ```
/// # use token_core::{Scope, TokenKind, policy::CompiledPolicy};
/// # async fn f(policy: &'static CompiledPolicy, registry: std::sync::Arc<dyn token_issue::Registry>, header: &[u8])
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use token_core::caller::{Presented, verify};
/// use token_issue::Verifier;
/// # #[derive(Scope)] #[scope("deploy:run")] enum DeployRun {}
/// # #[derive(TokenKind)]
/// # #[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "15m", format = "acme_deploy")]
/// # enum Deploy {}
///
/// // At the start of the service; `policy` is `&POLICY`.
/// let verifier = Verifier::options(policy, registry).audience("deployer").start().await?;
///
/// // For each request.
/// let caller = verify::<Deploy>(&verifier, Presented::new(header)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
    _threads: Arc<Threads>,
}

impl Verifier {
    /// Begins a verifier of the tokens that the policy's kinds have and that stand in the registry.
    pub fn options(
        policy: &'static CompiledPolicy,
        registry: Arc<dyn Registry>,
    ) -> VerifierOptions {
        VerifierOptions::new(policy, registry)
    }

    /// How it fares, for a readiness check.
    #[must_use]
    pub fn health(&self) -> Health {
        let health = lock(&self.shared.health).clone();
        let holds = self.shared.lease.get().holds(self.shared.clocks.now());
        match health {
            Health::Ready if !holds => Health::Unavailable { error: None },
            health => health,
        }
    }

    /// How many tokens it has accepted and refused.
    ///
    /// ```
    /// # fn f(verifier: &token_issue::Verifier) {
    /// let counts = verifier.counts();
    /// let share = counts.hits() as f64 / (counts.hits() + counts.misses()) as f64;
    /// println!("{:.1} % from memory", 100.0 * share);
    /// for (cause, number) in counts.refused() {
    ///     println!("{number} refused as {cause}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counters.read(self.shared.cache.hits())
    }

    /// How many tokens its memory holds.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.shared.cache.len()
    }
}

impl Verify for Verifier {
    fn hit(&self, presented: Presented<'_>) -> Hit {
        let shared = &*self.shared;
        let Some((_, kind)) = shared.kinds.of_text(presented.bytes()) else {
            shared.counters.malformed(presented.bytes());
            return Hit::Refused(Refused::Malformed);
        };
        if is_once(kind) {
            return Hit::Miss;
        }
        shared.look_up(&Digest::of(presented.bytes()).half(), presented.build())
    }

    fn miss<'v>(&'v self, presented: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        let kind = self.shared.kinds.of_text(presented.bytes()).ok_or(Refused::Malformed);
        let plain = Digest::of(presented.bytes());
        Box::pin(async move {
            let ((index, kind), began) = (kind?, Instant::now());
            let answer = match is_once(kind) {
                true => self.shared.spend(index, plain, presented.build()).await,
                false => self.shared.fill(index, plain, presented.build()).await,
            };
            self.shared.note_miss(kind.name, began, answer.as_ref().err().copied());
            answer
        })
    }

    fn recheck(&self, caller: &AnyCaller) -> Hit {
        self.shared.recheck(caller)
    }

    fn until_invalid<'v>(&'v self, caller: &'v AnyCaller) -> Boxed<'v, Refused> {
        Box::pin(self.shared.until_invalid(caller))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("audience", &self.shared.audience)
            .field("health", &self.health())
            .field("remembered", &self.remembered())
            .finish_non_exhaustive()
    }
}

/// The moment of the calendar at a time since 1970.
fn moment(wall: Duration) -> UtcDateTime {
    let seconds = i64::try_from(wall.as_secs()).unwrap_or(i64::MAX);
    UtcDateTime::from_unix_timestamp(seconds).unwrap_or(UtcDateTime::MAX)
}

fn of_minute(minute: u32) -> UtcDateTime {
    moment(Duration::from_secs(u64::from(minute) * 60))
}
