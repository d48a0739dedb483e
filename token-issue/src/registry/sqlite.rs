//! A registry in a SQLite file.

use std::{fmt, path::Path, time::Duration};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

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
mod place;
mod queue;
mod readers;
mod reading;
mod schema;
mod settings;
mod trouble;
mod writer;

use change::Change;
use place::Place;
use readers::Readers;
pub use settings::Settings;
use trouble::Trouble;
use writer::Writer;

/// A registry in a SQLite file, for services on one host. Several processes may have it open.
///
/// Changes go through a thread of their own, which commits all that wait in one transaction. They are durable: the
/// file is in WAL mode with `synchronous=FULL`. Reading is done on the caller's thread, while the future is polled; it takes some microseconds, since it waits
/// neither for writers nor for a network.
///
/// The file, and those that SQLite puts beside it (`-wal`, `-shm`), must stay where they are: [`poll`](Registry::poll) and each change
/// fail once the path leads to another file. Copy it with SQLite's own means (`VACUUM INTO`, the backup interface), not
/// with `cp`. A registry that was restored from a copy has lost the revocations that came after it; verifiers notice, and refuse.
///
/// # Limits
///
/// - One host. SQLite's WAL needs memory that all processes share, so a network file system is refused: on Linux by its
///   type. Elsewhere you must see to it.
/// - One writer at a time, whichever process it is in. One that finds the file locked by others for 5 s gives up.
/// - `drop` waits until the changes that were asked for are made.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("tokens.db");
/// use token_core::{TokenId, UtcDateTime};
/// use token_issue::{Digest, Registry, Row, registry::Sqlite};
///
/// let (token, now) = (TokenId::from_bytes([1; 16]), UtcDateTime::UNIX_EPOCH);
/// let registry = Sqlite::open(&path)?;
/// # pollster::block_on(async {
/// registry.insert(Digest::from_bytes([2; 32]), Row::new(token, "deploy", now, now), now).await??;
/// registry.revoke(token).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sqlite {
    place: Place,
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens the registry in this file. If there is no file, it is made, for the current user only (mode 0600). If an
    /// older version of this library made it, its schema is brought up to date.
    ///
    /// It waits for the disk.
    ///
    /// # Errors
    ///
    /// - [`Unsuitable`](RegistryError::Unsuitable): the file is something else, the path is a link, everybody may write to it, or it lies on a
    ///   network file system.
    /// - [`NewerSchema`](RegistryError::NewerSchema): a newer version of this library has changed it.
    /// - [`Unavailable`](RegistryError::Unavailable): the disk fails or is full, or others keep the file locked.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RegistryError> {
        Self::open_with(path.as_ref(), Settings::default())
    }

    /// Reads the rows of a registry that somebody else has in use, and changes nothing: neither the schema nor a row. No file is
    /// made if there is none. It is for a look from outside, such as that of a command; a service [opens](Self::open) its registry.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("tokens.db");
    /// use token_issue::registry::{Rule, Sqlite};
    ///
    /// assert!(Sqlite::rows(&path, &Rule::all()).is_err(), "there is no file, and none is made");
    /// drop(Sqlite::open(&path)?);
    /// assert_eq!(Sqlite::rows(&path, &Rule::all().kind("deploy"))?, []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`Unsuitable`](RegistryError::Unsuitable) also if an older version of this library made the file.
    pub fn rows(path: impl AsRef<Path>, matching: &Rule) -> Result<Vec<Row>, RegistryError> {
        let read = || {
            let connection = connect::looking(&place::absolute(path.as_ref())?)?;
            reading::list(&connection, matching, None, usize::MAX)
        };
        read().map_err(|Trouble(error)| error)
    }

    pub(crate) fn open_with(path: &Path, settings: Settings) -> Result<Self, RegistryError> {
        let (place, connection) = place::occupy(path, settings)?;
        let readers = Readers::new(place.clone());
        let writer = Writer::start(connection, place.clone())?;
        Ok(Self { place, readers, writer })
    }

    /// A change that need not be made if nobody waits for it any more.
    fn change<T: Send + 'static>(
        &self,
        how: impl FnOnce(&Change<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Boxed<'_, T> {
        self.writer.submit(how, false)
    }

    /// Something that is read on this thread when the future is polled.
    fn now<'r, T: Send + 'r>(
        &'r self,
        how: impl FnOnce(&rusqlite::Connection) -> Result<T, Trouble> + Send + 'r,
    ) -> Boxed<'r, T> {
        Box::pin(async move { self.readers.with(how) })
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.place.path()).finish_non_exhaustive()
    }
}

impl Registry for Sqlite {
    fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>> {
        self.change(move |change| change.insert(digest, row, now))
    }

    // A revocation is made even if nobody waits for it any more.
    fn revoke(&self, token: TokenId) -> Boxed<'_, Revoked> {
        self.writer.submit(move |change| change.revoke(token), true)
    }

    fn revoke_matching(&self, rule: Rule) -> Boxed<'_, Revoked> {
        self.writer.submit(move |change| change.revoke_matching(rule), true)
    }

    fn read(&self, digests: Digests, own: Epoch) -> Boxed<'_, Read> {
        self.now(move |connection| {
            // A file that is gone can be read on. What is revoked since is not in it.
            self.place.check()?;
            reading::read(connection, digests, own)
        })
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
        self.change(move |change| change.spend(digests, own, audience.as_deref(), build, now))
    }

    fn poll(&self, own: Epoch) -> Boxed<'_, Feed> {
        self.now(move |connection| {
            self.place.check()?;
            reading::poll(connection, own)
        })
    }

    /// A question costs some 10 microseconds and no other machine.
    fn poll_interval(&self) -> Duration {
        Duration::from_millis(50)
    }

    fn snapshot(&self, limit: usize, now: UtcDateTime) -> Boxed<'_, Snapshot> {
        self.now(move |connection| reading::snapshot(connection, limit, whole(now)))
    }

    fn touch(&self, used: Vec<(TokenId, UtcDateTime)>) -> Boxed<'_, ()> {
        self.change(move |change| change.touch(&used))
    }

    fn show(&self, token: TokenId) -> Boxed<'_, Option<Row>> {
        self.now(move |connection| reading::show(connection, token))
    }

    fn list(&self, matching: Rule, after: Option<TokenId>, limit: usize) -> Boxed<'_, Vec<Row>> {
        self.now(move |connection| reading::list(connection, &matching, after, limit))
    }

    fn unclosed(&self, log: &str, limit: usize) -> Boxed<'_, Vec<Row>> {
        let log = log.to_owned();
        self.now(move |connection| reading::unclosed(connection, &log, limit))
    }

    fn close(&self, tokens: Vec<TokenId>) -> Boxed<'_, ()> {
        self.change(move |change| change.close(&tokens))
    }

    fn prune(&self, expired_before: UtcDateTime) -> Boxed<'_, Pruned> {
        self.change(move |change| change.prune(whole(expired_before)))
    }

    fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Boxed<'_, ()> {
        self.change(move |change| change.use_pepper(current, previous, now, longest))
    }
}
