//! A registry that can be taken away while the service runs.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};
use token_issue::{
    Digest, Digests, PepperId, Registry, RegistryError, Row, Unfit,
    registry::{Boxed, Feed, Memory, Pruned, Read, Revoked, Rule, Snapshot},
};

pub(crate) struct Breakable {
    registry: Arc<dyn Registry>,
    is_gone: AtomicBool,
}

impl Breakable {
    pub(crate) fn new() -> Self {
        Self { registry: Arc::new(Memory::new()), is_gone: AtomicBool::new(false) }
    }

    pub(crate) fn take_away(&self, is_gone: bool) {
        self.is_gone.store(is_gone, Ordering::SeqCst);
    }
}

/// Writes the methods that only pass the call on.
macro_rules! passes {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Registry for Breakable {
            $(fn $name(&self, $($argument: $type),*) -> Boxed<'_, $answer> {
                match self.is_gone.load(Ordering::SeqCst) {
                    true => Box::pin(ready(Err(RegistryError::unavailable("it was taken away")))),
                    false => self.registry.$name($($argument),*),
                }
            })*
        }
    };
}

passes! {
    insert(digest: Digest, row: Row, now: UtcDateTime) -> Result<(), Unfit>;
    revoke(token: TokenId) -> Revoked;
    revoke_matching(rule: Rule) -> Revoked;
    read(digests: Digests, own: Epoch) -> Read;
    spend(digests: Digests, own: Epoch, audience: Option<&str>, build: Option<SourceDigest>, now: UtcDateTime) -> Read;
    poll(own: Epoch) -> Feed;
    snapshot(limit: usize, now: UtcDateTime) -> Snapshot;
    touch(used: Vec<(TokenId, UtcDateTime)>) -> ();
    show(token: TokenId) -> Option<Row>;
    list(matching: Rule, after: Option<TokenId>, limit: usize) -> Vec<Row>;
    unclosed(log: &str, limit: usize) -> Vec<Row>;
    close(tokens: Vec<TokenId>) -> ();
    prune(expired_before: UtcDateTime) -> Pruned;
    use_pepper(current: PepperId, previous: Option<PepperId>, now: UtcDateTime, longest: Duration) -> ();
}
