//! The file that keeps a refresh token from one run to the next.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rustix::fs::{FlockOperation, flock};
use token_core::{Error, Secret, TokenKind, source};

use super::trouble::Trouble;
use crate::{Attempt, Failure};

/// A file with a refresh token, which only its owner may read. All processes that use the token share the file, and take turns by a lock
/// on the file beside it, `NAME.lock`.
///
/// A new token is written to `NAME.new`, synced, and renamed, and the folder is synced. So after a crash the file has the old token or
/// the new one, whole. Keep it on a disk that survives the program: not on a file system in memory, and not in an image.
///
/// ```no_run
/// use token_core::source;
/// use token_rotate::oauth::Store;
///
/// // Once, after somebody has logged in: `deployer log-in < refresh-token`
/// Store::at("/var/lib/deployer/refresh-token").put(&source::stdin()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) path: PathBuf,
}

impl Store {
    /// The file at this path. Its folder must exist.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file that the policy names as the `store` of kind `K`, if it names one.
    #[must_use]
    pub fn from_policy<K: TokenKind>() -> Option<Self> {
        K::COMPILED.store.map(Self::at)
    }

    /// Puts a refresh token there, in the place of the one that may be there: after somebody has logged in. Waits while a process uses
    /// the file. When it returns, the token is on the disk.
    ///
    /// # Errors
    ///
    /// The file cannot be written. The token that was there is there still.
    pub fn put(&self, token: &Secret) -> io::Result<()> {
        let lock = self.open_lock()?;
        flock(&lock, FlockOperation::LockExclusive)?;
        self.replace(token)
    }

    /// Takes the turn of this process.
    pub(super) fn lock(&self, attempt: &Attempt) -> Result<Locked<'_>, Failure> {
        let failed = |cause| Failure::transient(Trouble::lock(&self.path, &cause));
        let lock = self.open_lock().map_err(failed)?;
        let started = Instant::now();
        loop {
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Locked { store: self, _lock: lock }),
                Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(failed(error.into())),
            }
            if attempt.is_cancelled() || started.elapsed() >= attempt.within() {
                return Err(failed(io::ErrorKind::TimedOut.into()));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// The lock file is never removed: a process that waits for the lock of a removed file would not see who has that of a new one.
    fn open_lock(&self) -> io::Result<File> {
        let path = beside(&self.path, ".lock");
        File::options().write(true).create(true).truncate(false).mode(0o600).open(path)
    }

    fn replace(&self, token: &Secret) -> io::Result<()> {
        let new = beside(&self.path, ".new");
        // Left by a process that was killed; whoever has the lock is alone here.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&new)?;
        let written = token.with_bytes("kept for the next request", |token| file.write_all(token));
        let moved =
            written.and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, &self.path));
        if moved.is_err() {
            let _ = fs::remove_file(&new);
        }
        moved?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// The file, while it is this process's turn.
pub(super) struct Locked<'s> {
    store: &'s Store,
    /// Dropping it gives the turn to the next one.
    _lock: File,
}

impl Locked<'_> {
    pub(super) fn read(&self) -> Result<Secret, Error> {
        source::file(&self.store.path)
    }

    /// When it returns, the token is on the disk.
    pub(super) fn replace(&self, token: &Secret) -> Result<(), Trouble> {
        self.store.replace(token).map_err(|cause| Trouble::write(&self.store.path, &cause))
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

const LOOK_AGAIN: Duration = Duration::from_millis(20);
