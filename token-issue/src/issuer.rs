//! Makes tokens as the token policy says, narrows and revokes them, and puts all of it on record.

mod birth;
mod closing;
mod end;
mod inspect;
mod loose;
mod options;
mod read;
mod reconcile;
mod shared;
mod start;
mod sweep;
mod worker;

use std::{fmt, sync::Arc, time::Duration};

use token_core::{
    Caller, Clock, TokenId, TokenKind,
    policy::CompiledPolicy,
    record::{Action, Event, Log},
};

pub use end::Revocation;
pub use inspect::Inspected;
pub use options::IssuerOptions;
pub use reconcile::{CopyReport, LogReport, Reconcile, ReconcileReport};

use self::{birth::Opening, shared::Shared, worker::Worker};
use crate::{
    Issued, Mint, Narrow, Registry,
    error::Error,
    generate::generated,
    mint::{
        Wish,
        draft::{self, Now},
        told_actor,
    },
    row::{Row, Unfit},
};

/// Makes tokens as the token policy says, narrows and revokes them, and puts all of it on record.
///
/// A clone is the same issuer. It has one thread, which revokes what was dropped before it was handed over, and puts the end
/// of tokens on record. When the last clone is dropped, it waits for that thread, at most as long as the
/// [deadline](IssuerOptions::deadline); an [`Issued`] holds a clone. In async code call [`close`](Self::close) before, on a thread that
/// may wait.
///
/// Its methods are futures that need no particular runtime. Each ends within the deadline, whatever the log and the registry
/// do.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
    /// Who mints, narrows and revokes, unless a call says otherwise.
    actor: Option<Arc<str>>,
}

struct Inner {
    shared: Arc<Shared>,
    worker: Worker,
}

impl Issuer {
    /// Options for an issuer of the kinds of `policy` (the `POLICY` that `policy!` makes), which keeps what it
    /// mints in `registry` and puts it on record in `log`. [`start`](IssuerOptions::start) starts it.
    ///
    /// Several issuers may share a registry, also in several processes. Each needs a log of its own: what is open there and not
    /// in the registry, the next start closes.
    pub fn options(
        policy: &'static CompiledPolicy,
        registry: Arc<dyn Registry>,
        log: Arc<dyn Log>,
    ) -> IssuerOptions {
        IssuerOptions::new(policy, registry, log)
    }

    /// The same issuer, in whose rows and records `actor` stands: for what it does at the request of an administrator. Of more
    /// than 256 bytes the beginning is kept, and a mark that says how many there were, such as `…[257 bytes]`.
    #[must_use]
    pub fn acting_as(&self, actor: &str) -> Self {
        let actor = told_actor(actor.to_owned());
        Self { inner: Arc::clone(&self.inner), actor: Some(actor.into()) }
    }

    /// Makes a new token.
    ///
    /// First it is put on record, then its row goes into the registry; both are durable when the token exists. If the second
    /// fails, the record is closed again, and there is no token. A future that is dropped half way leaves no token either.
    ///
    /// # Errors
    ///
    /// What was asked for is more than the policy allows ([`ExcessScope`](crate::ErrorKind::ExcessScope),
    /// [`LifetimeTooLong`](crate::ErrorKind::LifetimeTooLong), [`WrongAudience`](crate::ErrorKind::WrongAudience), …), or the log
    /// or the registry fails ([`NotRecorded`](crate::ErrorKind::NotRecorded), [`Timeout`](crate::ErrorKind::Timeout),
    /// [`Unavailable`](crate::ErrorKind::Unavailable), …). Then there is no token.
    pub async fn mint<K>(&self, mint: Mint<K>) -> Result<Issued<K>, Error> {
        let (shared, kind) = (self.shared(), mint.kind);
        shared.check_kind(kind)?;
        let deadline = shared.deadline();
        let secret = generated(kind)?;
        let wish = self.with_actor(mint.wish);
        let row = draft::minted(shared.id_of(&secret)?, kind, &wish, self.now())?;
        let opening = Opening { kind, action: Action::Created, origin: None };
        self.bear(secret, row, opening, deadline).await
    }

    /// Makes a child of a caller's token: with the same rights or fewer, for the same subject.
    ///
    /// Of the caller only the token's id counts. Each bound comes from the parent's row in the registry, which is locked while
    /// the child's row is put beside it: if the parent is revoked at the same time, either the child is refused, or it is revoked
    /// with its parent. A kind whose tokens may be used once has no children: `Narrow::new` does not compile for it.
    ///
    /// # Errors
    ///
    /// As [`mint`](Self::mint), and [`Unfit`](crate::ErrorKind::Unfit) if the child would be more than its parent, or the parent
    /// is no longer valid.
    pub async fn narrow<K: TokenKind>(
        &self,
        caller: &Caller<K>,
        narrow: Narrow<K>,
    ) -> Result<Issued<K>, Error> {
        self.narrow_below(caller.token(), narrow).await
    }

    async fn narrow_below<K: TokenKind>(
        &self,
        parent: TokenId,
        narrow: Narrow<K>,
    ) -> Result<Issued<K>, Error> {
        let shared = self.shared();
        let kind = K::COMPILED;
        shared.check_kind(kind)?;
        let deadline = shared.deadline();
        let parent = shared.asked(shared.registry.show(parent), deadline).await?;
        let parent = parent.ok_or(Unfit::ParentUnknown)?;
        let secret = generated(kind)?;
        let wish = self.with_actor(narrow.wish);
        let id = shared.id_of(&secret)?;
        let row = draft::narrowed(id, kind, &wish, &parent, self.now())?;
        let index = parent.origin.as_ref().map(|origin| origin.index);
        let action = Action::narrowed(index);
        let origin = parent.origin.map(|origin| origin.log);
        self.bear(secret, row, Opening { kind, action, origin }, deadline).await
    }

    /// Ends the issuer's thread, once it has put on record what it has to. After that, nothing is minted, by any clone, and an
    /// [`Issued`] that is dropped before it is handed over lives in the registry until it expires.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) if it was not done within `patience`; what it has not done is done at the next
    /// start.
    pub fn close(&self, patience: Duration) -> Result<(), Error> {
        self.inner.worker.close(patience)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared().clock
    }

    /// Revokes a token that nobody has.
    pub(crate) fn take_back(&self, row: &Row) {
        self.inner.worker.take_back(loose::Loose::unreleased(row));
    }

    /// The issuer's actor, where none was named.
    fn with_actor(&self, mut wish: Wish) -> Wish {
        wish.actor = wish.actor.or_else(|| self.actor.as_deref().map(str::to_owned));
        wish
    }

    fn signed(&self, event: Event) -> Event {
        match &self.actor {
            Some(actor) => event.actor(actor.to_string()),
            None => event,
        }
    }

    fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    fn now(&self) -> Now {
        Now::read(self.clock())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("policy", &self.shared().policy.file)
            .field("log", &self.shared().log.name())
            .finish_non_exhaustive()
    }
}
