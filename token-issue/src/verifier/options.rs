//! How a verifier works.

use std::{fmt, sync::Arc};

use token_core::{Clock, policy::CompiledPolicy, record::Epoch};
use tokio::sync::{Semaphore, broadcast};

use super::{
    Verifier,
    cache::Cache,
    clocks::Clocks,
    health::Health,
    kinds::Kinds,
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

    /// Reads what the registry has, and starts two threads: one asks what was revoked, and one wakes those who wait for the end of
    /// a token.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) and what else the registry may say;
    /// [`Io`](crate::ErrorKind::Io) if the system has no thread.
    pub async fn start(self) -> Result<Verifier, Error> {
        let began = minute(self.clocks.now());
        let nothing = Epoch { n: 0, mark: [0; 16] };
        let shared = Arc::new(Shared {
            registry: self.registry,
            kinds: Kinds::new(self.policy.kinds),
            audience: self.audience,
            peppers: self.peppers,
            clocks: self.clocks,
            capacity: self.capacity,
            cache: Cache::new(self.capacity),
            node: Node::new(nothing).into(),
            lease: SharedLease::default(),
            flights: super::flight::Flights::default(),
            questions: Semaphore::new(QUESTIONS),
            changes: broadcast::Sender::new(CHANGES),
            alarm: None.into(),
            health: Health::Unavailable { error: None }.into(),
            began,
            is_stopped: false.into(),
        });
        shared.begin().await.map_err(Cause::Registry)?;
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
            .finish_non_exhaustive()
    }
}

const CAPACITY: usize = 1 << 18;

/// How many changes are kept for who waits and is slow. Who misses one looks at everything again.
const CHANGES: usize = 64;

/// How many single tokens may be asked for at a time. A flood of forged tokens with right checksums must not overrun the
/// registry.
const QUESTIONS: usize = 64;
