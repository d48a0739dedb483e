//! How an issuer works.

use std::{fmt, sync::Arc, time::Duration};

use token_core::{Clock, SystemClock, policy::CompiledPolicy, record::Log};

use crate::{Peppers, Registry, mint::told_actor};

/// How an issuer works. [`Issuer::options`](crate::Issuer::options) makes one, and [`start`](Self::start) starts the issuer.
#[must_use = "nothing is started yet"]
pub struct IssuerOptions {
    pub(super) policy: &'static CompiledPolicy,
    pub(super) registry: Arc<dyn Registry>,
    pub(super) log: Arc<dyn Log>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) actor: Option<String>,
    pub(super) peppers: Peppers,
    pub(super) deadline: Duration,
    pub(super) revoke_all_if_older: bool,
    pub(super) only_revokes: bool,
}

impl IssuerOptions {
    pub(super) fn new(
        policy: &'static CompiledPolicy,
        registry: Arc<dyn Registry>,
        log: Arc<dyn Log>,
    ) -> Self {
        Self {
            policy,
            registry,
            log,
            clock: Arc::new(SystemClock),
            actor: None,
            peppers: Peppers::default(),
            deadline: DEADLINE,
            revoke_all_if_older: false,
            only_revokes: false,
        }
    }

    /// Who mints, narrows and revokes, as rows and records have it: the service's name. [`Issuer::acting_as`](crate::Issuer::acting_as)
    /// changes it for some calls, and a [`Mint`](crate::Mint) may name another one. Of more than 256 bytes the beginning is kept.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(told_actor(actor.into()));
        self
    }

    /// Keys of the digests in the registry; none if nothing is said. Verifiers need the same.
    pub fn peppers(mut self, peppers: Peppers) -> Self {
        self.peppers = peppers;
        self
    }

    /// The clocks from which lifetimes count, instead of the system's. Deadlines do not.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long a call waits for the log and the registry together; 5 seconds if nothing is said. After that it fails, and there is no
    /// token.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// If the registry has lost revocations that are on record, revokes **all** tokens in it and goes on, instead of refusing to
    /// start. For the one start after a registry was restored from a backup, when there is no newer one, and
    /// [`Reconcile`](crate::Reconcile) is of no help since a log is lost as well.
    pub fn revoke_all_if_older(mut self) -> Self {
        self.revoke_all_if_older = true;
        self
    }

    /// The issuer revokes, lists and prunes, and does nothing for which it would need the [peppers](Self::peppers), which stay in the
    /// registry as they are: it mints, narrows and inspects nothing ([`OnlyRevokes`](crate::ErrorKind::OnlyRevokes)). So whoever ends a token
    /// that has leaked needs no secret of the issuer.
    pub fn only_revokes(mut self) -> Self {
        self.only_revokes = true;
        self
    }
}

impl fmt::Debug for IssuerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerOptions")
            .field("policy", &self.policy.file)
            .field("log", &self.log.name())
            .field("actor", &self.actor)
            .field("peppers", &self.peppers)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

const DEADLINE: Duration = Duration::from_secs(5);
