//! A registry in a PostgreSQL database.

use std::{
    fmt,
    future::ready,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use token_core::{Secret, SourceDigest, TokenId, UtcDateTime, record::Epoch};

use tokio::sync::mpsc;

use super::{
    Boxed, Feed, Pruned, Read, Registry, RegistryError, Revoked, Rule, Snapshot, settle::whole,
};
use crate::{
    digest::{Digest, Digests, PepperId},
    row::{Row, Unfit},
};

mod change;
mod columns;
mod connect;
mod durable;
mod hosts;
mod insert;
mod listen;
mod packed;
mod pool;
mod reading;
mod revoke;
mod schema;
mod settings;
mod slot;
mod thread;
mod trouble;

use connect::{Link, Way};
use durable::Written;
use listen::Listeners;
use pool::Pool;
use settings::{CHANGE, LONG};
use thread::Thread;
use trouble::Trouble;

/// A registry in a PostgreSQL database (12 or newer), for services on many hosts.
///
/// Its tables stand in the schema `token_registry`. All changes are durable on the primary when their future is ready; see below
/// for standbys. The registry has a thread with a runtime of its own, so it works under any runtime and under none.
///
/// # Connections
///
/// One for [`poll`](Registry::poll), up to 4 for questions about one token, up to 8 for changes and lists, each made when it is needed; and
/// one that listens, in a program with a [`Verifier`](crate::Verifier). No statement is prepared and nothing is set for a session, so a
/// pooler such as pgbouncer may stand in between in transaction mode. `LISTEN` does not work through it; a revocation then takes as long as
/// the polls, which is within the second.
///
/// Over TCP the connection has TLS, and the server's certificate is checked for the host of the URL against the authorities that
/// the system trusts, or [those of a file](PostgresOptions::authorities), unless the URL says `sslmode=disable`.
///
/// A poll that has something to hear takes seven round trips within 300 ms, so the server must not be farther away than 30 ms.
///
/// # Failures
///
/// - A poll that is not answered for 300 ms closes all connections that wait, and the next one connects anew. A network that swallows that
///   is given up after 250 ms, a server that has taken it after two seconds. So what comes back is used again within a second, also by
///   a hundred processes at once: until a poll is answered, each makes one connection, and questions about tokens have an error.
/// - Of several hosts, the next one is tried when the one before has failed or is slow, and the first that takes changes is used.
/// - A server in recovery serves nothing. Verifiers refuse, and [say so](crate::Health::Distrusted).
/// - A standby without synchronous replication that is promoted may lack the last revocations, and then knows nothing of them.
///   Verifiers that have heard of them notice by the mark of their epoch, forget everything, and refuse. Others cannot notice. Have one
///   synchronous standby at least; [`servers`](Registry::servers) says on how many servers a revocation stands.
///
/// ```no_run
/// use token_core::source;
/// use token_issue::registry::Postgres;
///
/// // postgresql://tokens:PASSWORD@db.example.com/tokens
/// let registry = Postgres::open(source::credential("tokens-db")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Postgres {
    thread: Thread,
    pool: Arc<Pool>,
    listeners: Arc<Listeners>,
    written: Arc<Written>,
    inserts: mpsc::Sender<insert::Waiting>,
    /// The version of the tables that it uses. They may be newer.
    schema: i32,
}

/// How a [`Postgres`] registry is opened. [`Postgres::options`] makes one.
#[must_use = "nothing is opened yet"]
pub struct PostgresOptions {
    url: Secret,
    authorities: Option<PathBuf>,
    only_reads: bool,
}

impl PostgresOptions {
    /// The file with the certificates (PEM) of those who may vouch for the server, instead of those that the system trusts.
    pub fn authorities(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities = Some(file.into());
        self
    }

    /// Only reads, and makes no tables, so that a standby will do as well: for a copy that
    /// [`Reconcile::copy`](crate::Reconcile::copy) is given. It is no registry for issuers and verifiers: they refuse a server in recovery.
    pub fn only_to_read(mut self) -> Self {
        self.only_reads = true;
        self
    }

    /// Opens the registry, as [`Postgres::open`].
    ///
    /// # Errors
    ///
    /// Those of [`Postgres::open`].
    pub fn open(self) -> Result<Postgres, RegistryError> {
        Postgres::open_with(self, schema::KNOWN)
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("authorities", &self.authorities)
            .finish_non_exhaustive()
    }
}

impl Postgres {
    /// Opens the registry in the database of this URL, and makes its tables if there are none: for that alone the role must be
    /// allowed to make a schema. If an older version of this library made them, they are brought up to date, if the role owns them; if not,
    /// they are used as they are. Programs of both versions may use them at the same time.
    ///
    /// The URL is a secret: load it with [`source`](token_core::source). It is like
    /// `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`; several hosts with commas between them mean the one that takes changes.
    /// It is kept as a [`Secret`], and shown nowhere. While it connects, the client library has copies of the password, which it does
    /// not wipe.
    ///
    /// It waits for the server: call it before an async runtime starts.
    ///
    /// # Errors
    ///
    /// - [`Unsuitable`](RegistryError::Unsuitable): the URL cannot be read, no certificate authority is known, the schema is of another
    ///   program, or `synchronous_commit` is off.
    /// - [`NewerSchema`](RegistryError::NewerSchema): a newer version of this library has changed the tables, and
    ///   they cannot be used by this one any more.
    /// - [`Unavailable`](RegistryError::Unavailable): the server cannot be reached, refuses, or is a standby.
    pub fn open(url: Secret) -> Result<Self, RegistryError> {
        Self::options(url).open()
    }

    /// Begins a registry in the database of this URL.
    pub fn options(url: Secret) -> PostgresOptions {
        PostgresOptions { url, authorities: None, only_reads: false }
    }

    /// Opens it as a program does that knows the schema up to the version `known`.
    pub(crate) fn open_with(how: PostgresOptions, known: i32) -> Result<Self, RegistryError> {
        let PostgresOptions { url, authorities, only_reads } = how;
        let way = Way::new(url, authorities.as_deref(), only_reads);
        let way = way.map_err(|Trouble(error)| error)?;
        let pool = Arc::new(Pool::new(way));
        let thread = Thread::start()?;
        let (inserts, waiting) = mpsc::channel(insert::MOST_WAITING);
        thread.keep(insert::run(Arc::clone(&pool), waiting));
        let (listeners, written) = <(Arc<Listeners>, Arc<Written>)>::default();
        let mut registry = Self { thread, pool, listeners, written, inserts, schema: known };
        let look = async move |link: Arc<Link>| match only_reads {
            true => schema::check(&link.client, known).await,
            false => schema::update(&link.client, known).await,
        };
        let schema = pollster::block_on(registry.alone(LONG, look))?;
        registry.schema = schema;
        Ok(registry)
    }

    fn alone<T, F>(
        &self,
        limit: Duration,
        how: impl FnOnce(Arc<Link>) -> F + Send + 'static,
    ) -> Boxed<'_, T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Trouble>> + Send + 'static,
    {
        let pool = Arc::clone(&self.pool);
        self.thread.run(async move { pool.alone(limit, how).await })
    }

    /// Makes a revocation, and remembers where it stands.
    fn revocation<F>(&self, how: impl FnOnce(Arc<Link>) -> F + Send + 'static) -> Boxed<'_, Revoked>
    where
        F: Future<Output = Result<revoke::Made, Trouble>> + Send + 'static,
    {
        let written = Arc::clone(&self.written);
        let made = self.alone(CHANGE, how);
        Box::pin(async move {
            let (revoked, to) = made.await?;
            if let Some(to) = to {
                written.note(revoked.at, to);
            }
            Ok(revoked)
        })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Registry for Postgres {
    fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>> {
        let Some(parent) = row.parent else {
            let asked = self.thread.run(insert::ask(self.inserts.clone(), digest, row));
            return Box::pin(async move { asked.await.map(Ok) });
        };
        match columns::check_texts(&row) {
            Ok(()) => {
                self.alone(CHANGE, move |link| change::narrow(link, digest, row, parent, now))
            }
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn revoke(&self, token: TokenId) -> Boxed<'_, Revoked> {
        self.revocation(move |link| revoke::revoke(link, token))
    }

    fn revoke_matching(&self, rule: Rule) -> Boxed<'_, Revoked> {
        self.revocation(move |link| revoke::revoke_matching(link, rule))
    }

    fn servers(&self, at: Epoch) -> Boxed<'_, Option<u32>> {
        let Some(to) = self.written.of(at) else {
            return Box::pin(ready(Ok(None)));
        };
        let servers = self.alone(CHANGE, move |link| durable::servers(link, to));
        Box::pin(async move { servers.await.map(Some) })
    }

    fn read(&self, digests: Digests, own: Epoch) -> Boxed<'_, Read> {
        let (pool, schema) = (Arc::clone(&self.pool), self.schema);
        let read = move |link| reading::read(link, schema, digests, own);
        self.thread.run(async move { pool.read(read).await })
    }

    fn spend(
        &self,
        digests: Digests,
        own: Epoch,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> Boxed<'_, Read> {
        let audience = audience.map(str::to_owned);
        self.alone(CHANGE, move |link| change::spend(link, digests, own, audience, build, now))
    }

    fn poll(&self, own: Epoch) -> Boxed<'_, Feed> {
        let (pool, schema) = (Arc::clone(&self.pool), self.schema);
        let poll = move |link| reading::poll(link, schema, own);
        self.thread.run(async move { pool.poll(poll).await })
    }

    fn on_revocation(&self, wake: Weak<dyn Fn() + Send + Sync>) {
        if self.listeners.add(wake) {
            let (pool, listeners) = (Arc::clone(&self.pool), Arc::clone(&self.listeners));
            self.thread.keep(listen::run(pool, listeners));
        }
    }

    fn snapshot(&self, limit: usize, now: UtcDateTime) -> Boxed<'_, Snapshot> {
        self.alone(LONG, move |link| reading::snapshot(link, limit, whole(now)))
    }

    fn touch(&self, used: Vec<(TokenId, UtcDateTime)>) -> Boxed<'_, ()> {
        self.alone(CHANGE, move |link| change::touch(link, used))
    }

    fn show(&self, token: TokenId) -> Boxed<'_, Option<Row>> {
        let pool = Arc::clone(&self.pool);
        self.thread.run(async move { pool.read(move |link| reading::show(link, token)).await })
    }

    fn list(&self, matching: Rule, after: Option<TokenId>, limit: usize) -> Boxed<'_, Vec<Row>> {
        self.alone(LONG, move |link| reading::list(link, matching, after, limit))
    }

    fn unclosed(&self, log: &str, limit: usize) -> Boxed<'_, Vec<Row>> {
        let log = log.to_owned();
        self.alone(LONG, move |link| reading::unclosed(link, log, limit))
    }

    fn close(&self, tokens: Vec<TokenId>) -> Boxed<'_, ()> {
        self.alone(CHANGE, move |link| change::close(link, tokens))
    }

    /// In several transactions, so that no revocation waits for all of it.
    fn prune(&self, expired_before: UtcDateTime) -> Boxed<'_, Pruned> {
        let (pool, before) = (Arc::clone(&self.pool), whole(expired_before));
        self.thread.run(async move {
            let mut rows = 0;
            loop {
                let some = |link| change::prune_some(link, before);
                let (gone, has_more) = pool.alone(CHANGE, some).await?;
                rows += gone;
                if !has_more {
                    break;
                }
            }
            let pruned = pool.alone(CHANGE, change::prune_history).await?;
            Ok(Pruned { rows, ..pruned })
        })
    }

    fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Boxed<'_, ()> {
        self.alone(CHANGE, move |link| change::use_pepper(link, current, previous, now, longest))
    }
}
