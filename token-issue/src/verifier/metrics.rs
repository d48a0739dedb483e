//! What a verifier tells of its work, for whoever draws graphs and is woken by them.
//!
//! [`Metrics`] hears of what happens now and then: reads of the registry, polls, revocations. What happens at each request is counted
//! in [`Counts`], which are to be read when somebody asks for them. Nothing here is a token, an id, a digest or a subject; the only names
//! are those of kinds and causes, which the policy and this library fix.

use std::{fmt, time::Duration};

use token_core::caller::Refused;

pub use super::counters::Counts;
use super::health::Distrusted;
use crate::registry::RegistryError;

/// Hears what a [`Verifier`](crate::Verifier) does. [`VerifierOptions::metrics`](crate::VerifierOptions::metrics) takes it.
///
/// All methods do nothing by default, and later versions may have more of them. They are called while somebody waits, so they must not
/// take time: count, and let another thread send. A panic in them is ignored.
///
/// Answers from memory are not told here but [counted](crate::Verifier::counts).
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use token_issue::metrics::{Metrics, Miss};
///
/// #[derive(Default)]
/// struct Refusals(AtomicU64);
///
/// impl Metrics for Refusals {
///     fn miss(&self, miss: &Miss) {
///         if miss.refused.is_some() {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Metrics: Send + Sync {
    /// A token that memory lacked was answered.
    fn miss(&self, miss: &Miss) {
        let _ = miss;
    }

    /// A question about a token was not asked, since there are too many. Its caller was refused as
    /// [`Unavailable`](Refused::Unavailable).
    fn limited(&self, limited: &Limited) {
        let _ = limited;
    }

    /// The registry was asked what was revoked.
    fn polled(&self, polled: &Polled<'_>) {
        let _ = polled;
    }

    /// Revocations were heard of, and what they concern was removed from memory.
    fn revoked(&self, revocations: &Revocations) {
        let _ = revocations;
    }

    /// The registry is not trusted: memory is empty, and everything is refused. It is told at each poll until the registry is trusted.
    fn distrusted(&self, why: &Distrusted) {
        let _ = why;
    }

    /// The verifier has begun with what the registry had. If the registry gave it too late, this is told at the start, and again when it
    /// was put in.
    fn warmed_up(&self, warm_up: &WarmUp) {
        let _ = warm_up;
    }
}

/// A token that memory lacked was answered.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Miss {
    /// Its kind, by its prefix.
    pub kind: &'static str,
    /// Why it was refused, if it was. Take [`Refused::name`] for a label.
    pub refused: Option<Refused>,
    /// How long the caller waited, for the turn and for the registry.
    pub took: Duration,
}

/// A question that was not asked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limited {
    /// The kind of the token.
    pub kind: &'static str,
    /// What was exceeded.
    pub limit: Limit,
}

/// What keeps a verifier from asking about too many tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`unknown_per_second`](crate::VerifierOptions::unknown_per_second).
    Unknown,
    /// [`waiting_misses`](crate::VerifierOptions::waiting_misses).
    Waiting,
}

impl Limit {
    /// A word for a label. It stays the same in later versions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The registry was asked what was revoked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Polled<'p> {
    /// Why there is no answer.
    pub error: Option<&'p RegistryError>,
    /// How long it took.
    pub took: Duration,
    /// What was left of the lease that memory had before, when this poll ended. Zero means that memory answered nobody for a
    /// while, or has not begun to.
    pub lease_left: Duration,
}

/// Revocations were heard of.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Revocations {
    /// How many tokens were revoked one by one, with those below them.
    pub tokens: usize,
    /// How many rules were made.
    pub rules: usize,
    /// The oldest of them is no older than this: it is how long ago a question was sent whose answer did not have them yet. `None` if
    /// that is not known, since memory had no lease.
    pub no_older_than: Option<Duration>,
}

/// A verifier has begun.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct WarmUp {
    /// How many tokens the registry gave; those that have expired or were revoked meanwhile were left out.
    pub rows: usize,
    /// How long that took, putting them into memory included.
    pub took: Duration,
    /// Whether the registry gave them in time. If not, the verifier has begun with an empty memory, and they may come later.
    pub is_in_time: bool,
}
