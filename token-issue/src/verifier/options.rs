//! How a verifier works.

use std::{fmt, sync::Arc, time::Duration};

use token_core::{Clock, policy::CompiledPolicy, record::Epoch};
use tokio::sync::broadcast;

use super::{
    Verifier,
    cache::Cache,
    clocks::Clocks,
    counters::Counters,
    gate::{Gate, Limits},
    health::Health,
    kinds::Kinds,
    metrics::Metrics,
    shared::{Shared, SharedLease, minute},
    threads::Threads,
};
use crate::{Error, Peppers, Registry, error::Cause, lease::Node};

/// How a verifier works. [`Verifier::options`] makes one, and [`start`](Self::start) starts the verifier.
#[must_use = "nothing is started yet"]
pub struct VerifierOptions {
    policy: &'static CompiledPolicy,
    registry: Arc<dyn Registry>,
    audience: Option<Arc<str>>,
    peppers: Peppers,
    clocks: Clocks,
    capacity: usize,
    limits: Limits,
    warm_up: Duration,
    metrics: Option<Arc<dyn Metrics>>,
}

impl VerifierOptions {
    pub(super) fn new(policy: &'static CompiledPolicy, registry: Arc<dyn Registry>) -> Self {
        Self {
            policy,
            registry,
            audience: None,
            peppers: Peppers::default(),
            clocks: Clocks::System,
            capacity: CAPACITY,
            limits: Limits::default(),
            warm_up: WARM_UP,
            metrics: None,
        }
    }

    /// Who this service is. Tokens that are meant for another audience are refused, and if nothing is said here, all that are meant for
    /// somebody. Tokens without an audience are taken.
    pub fn audience(mut self, audience: impl Into<Arc<str>>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The issuer's peppers; none if nothing is said.
    pub fn peppers(mut self, peppers: Peppers) -> Self {
        self.peppers = peppers;
        self
    }

    /// The clocks, instead of the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clocks = Clocks::Given(clock);
        self
    }

    /// How many tokens the memory holds, about: 262,144 if nothing is said, which takes up to 60 MB. Others are read from the registry at
    /// each use.
    pub fn capacity(mut self, tokens: usize) -> Self {
        self.capacity = tokens;
        self
    }

    /// How long reading what the registry has may take before the verifier starts: five seconds if nothing is said. If it takes longer, the
    /// verifier starts with an empty memory, and reads each token when it is presented. Zero means that it does so from the start.
    pub fn warm_up(mut self, at_most: Duration) -> Self {
        self.warm_up = at_most;
        self
    }

    /// How many questions about tokens that memory lacks may be on their way to the registry at a time: 64 if nothing is said, and at least
    /// one. If the policy has several kinds with a format, those of one kind take up half of them at most, so that a flood of forged tokens of one
    /// kind leaves room for others.
    pub fn misses_at_a_time(mut self, questions: usize) -> Self {
        self.limits.misses = questions;
        self
    }

    /// How many presented tokens of one kind may wait until they can be asked about: 1,024 if nothing is said. Who comes then is refused
    /// at once, as [`Unavailable`](token_core::caller::Refused::Unavailable). Of those who present the same token one counts.
    pub fn waiting_misses(mut self, of_a_kind: usize) -> Self {
        self.limits.waiting = of_a_kind;
        self
    }

    /// How many presented tokens of one kind a second may turn out to be unknown to the registry: 100 if nothing is said, and at least
    /// one. What is not used is saved for ten seconds, so after a quiet time it may be ten times as many at once.
    ///
    /// It keeps a flood of forged tokens with right checksums from being a flood of questions. Beyond it, tokens of that kind that
    /// memory lacks are refused as [`Unavailable`](token_core::caller::Refused::Unavailable), genuine ones too, but for so many a second. Tokens
    /// in memory, and all of other kinds, are accepted as ever. A genuine token takes nothing of it. `u32::MAX` is no limit.
    pub fn unknown_per_second(mut self, of_a_kind: u32) -> Self {
        self.limits.unknown_per_second = of_a_kind;
        self
    }

    /// Who hears what the verifier does.
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Reads what the registry has, and starts two threads: one asks what was revoked, and one wakes those who wait for the end of
    /// a token.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) and what else the registry may say, within the time of [`warm_up`](Self::warm_up) and
    /// some two seconds;
    /// [`Io`](crate::ErrorKind::Io) if the system has no thread.
    pub async fn start(self) -> Result<Verifier, Error> {
        let began = minute(self.clocks.now());
        let nothing = Epoch { n: 0, mark: [0; 16] };
        let kinds = Kinds::new(self.policy.kinds);
        let (all, with_prefix) = kinds.len();
        let gate = Gate::new(self.limits, all, with_prefix, self.clocks.clone());
        let shared = Arc::new(Shared {
            registry: self.registry,
            kinds,
            audience: self.audience,
            peppers: self.peppers,
            clocks: self.clocks,
            capacity: self.capacity,
            cache: Cache::new(self.capacity),
            node: Node::new(nothing).into(),
            lease: SharedLease::default(),
            flights: super::flight::Flights::default(),
            gate,
            counters: Counters::default(),
            metrics: self.metrics,
            changes: broadcast::Sender::new(CHANGES),
            alarm: None.into(),
            health: Health::Unavailable { error: None }.into(),
            began,
            is_stopped: false.into(),
        });
        Shared::begin(&shared, self.warm_up).await.map_err(Cause::Registry)?;
        let threads = Threads::start(&shared).map_err(Cause::no_thread)?;
        Ok(Verifier { shared, _threads: Arc::new(threads) })
    }
}

impl fmt::Debug for VerifierOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierOptions")
            .field("policy", &self.policy.file)
            .field("audience", &self.audience)
            .field("peppers", &self.peppers)
            .field("capacity", &self.capacity)
            .field("limits", &self.limits)
            .field("warm_up", &self.warm_up)
            .finish_non_exhaustive()
    }
}

const CAPACITY: usize = 1 << 18;

/// How many changes are kept for who waits and is slow. Who misses one looks at everything again.
const CHANGES: usize = 64;

const WARM_UP: Duration = Duration::from_secs(5);
