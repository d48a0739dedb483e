//! A registry in memory.

use std::{
    fmt,
    future::ready,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

use super::{Boxed, Feed, Pruned, Read, Registry, RegistryError, Revoked, Rule, Snapshot};
use crate::{
    digest::{Digest, Digests, PepperId},
    row::{Row, Unfit},
};

mod book;
mod history;

use book::Book;

/// A registry in memory: for tests, and for a service of one process whose tokens may end with it. Its futures are ready at
/// once.
///
/// ```
/// # pollster::block_on(async {
/// use token_core::{TokenId, UtcDateTime};
/// use token_issue::{Digest, Registry, Row, registry::Memory};
///
/// let registry = Memory::new();
/// let now = UtcDateTime::UNIX_EPOCH;
/// let token = TokenId::from_bytes([1; 16]);
/// registry.insert(Digest::from_bytes([2; 32]), Row::new(token, "deploy", now, now), now).await??;
/// assert_eq!(registry.revoke(token).await?.tokens, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Memory(Mutex<Book>);

impl Memory {
    /// An empty registry. Its history is another one than that of any other registry.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(Book::new()))
    }

    /// A backup.
    #[cfg(feature = "__test")]
    pub(crate) fn copy(&self) -> Self {
        Self(Mutex::new(self.book().clone()))
    }

    /// Each change of the book is made at the end of a function, by steps that do not panic. So the book is whole even after a
    /// panic.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// A future that is ready.
fn at_once<'r, T: Send + 'r>(answer: Result<T, RegistryError>) -> Boxed<'r, T> {
    Box::pin(ready(answer))
}

impl Registry for Memory {
    fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>> {
        at_once(self.book().insert(digest, row, now))
    }

    fn revoke(&self, token: TokenId) -> Boxed<'_, Revoked> {
        at_once(self.book().revoke(token))
    }

    fn revoke_matching(&self, rule: Rule) -> Boxed<'_, Revoked> {
        at_once(self.book().revoke_matching(rule))
    }

    fn read(&self, digests: Digests, own: Epoch) -> Boxed<'_, Read> {
        at_once(Ok(self.book().read(digests, own)))
    }

    fn spend(
        &self,
        digests: Digests,
        own: Epoch,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> Boxed<'_, Read> {
        at_once(Ok(self.book().spend(digests, own, audience, build, now)))
    }

    fn poll(&self, own: Epoch) -> Boxed<'_, Feed> {
        at_once(Ok(self.book().history.feed(own)))
    }

    fn snapshot(&self, limit: usize, now: UtcDateTime) -> Boxed<'_, Snapshot> {
        at_once(Ok(self.book().snapshot(limit, now)))
    }

    fn touch(&self, used: Vec<(TokenId, UtcDateTime)>) -> Boxed<'_, ()> {
        self.book().touch(used);
        at_once(Ok(()))
    }

    fn show(&self, token: TokenId) -> Boxed<'_, Option<Row>> {
        at_once(Ok(self.book().show(token)))
    }

    fn list(&self, matching: Rule, after: Option<TokenId>, limit: usize) -> Boxed<'_, Vec<Row>> {
        at_once(Ok(self.book().list(&matching, after, limit)))
    }

    fn unclosed(&self, log: &str, limit: usize) -> Boxed<'_, Vec<Row>> {
        at_once(Ok(self.book().unclosed(log, limit)))
    }

    fn close(&self, tokens: Vec<TokenId>) -> Boxed<'_, ()> {
        self.book().close(tokens);
        at_once(Ok(()))
    }

    fn prune(&self, expired_before: UtcDateTime) -> Boxed<'_, Pruned> {
        at_once(Ok(self.book().prune(expired_before)))
    }

    fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Boxed<'_, ()> {
        at_once(self.book().use_pepper(current, previous, now, longest))
    }
}
