//! A file that is opened anew for each step: nothing is kept elsewhere.

use std::{cell::Cell, future::Future, path::PathBuf, pin::Pin, time::Duration};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};
use token_issue::{
    __test::Settings,
    Digest, Digests, PepperId, Registry, RegistryError, Row, Unfit,
    registry::{Boxed, Feed, Pruned, Read, Revoked, Rule, Snapshot, Sqlite, conformance},
};

struct Reopened(PathBuf);

impl Reopened {
    fn step<'r, T: Send + 'r>(
        &'r self,
        how: impl for<'s> FnOnce(&'s Sqlite) -> Boxed<'s, T> + Send + 'r,
    ) -> Pin<Box<dyn Future<Output = Result<T, RegistryError>> + Send + 'r>> {
        Box::pin(async move {
            let settings = Settings { syncs: false, ..Settings::default() };
            let registry = token_issue::__test::sqlite(&self.0, settings)?;
            how(&registry).await
        })
    }
}

#[test]
fn sqlite_that_is_opened_anew_for_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let number = Cell::new(0);
    pollster::block_on(conformance::run(async || {
        number.set(number.get() + 1);
        Reopened(folder.path().join(format!("{}.db", number.get())))
    }));
}

impl Registry for Reopened {
    fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>> {
        self.step(move |it| it.insert(digest, row, now))
    }
    fn revoke(&self, token: TokenId) -> Boxed<'_, Revoked> {
        self.step(move |it| it.revoke(token))
    }
    fn revoke_matching(&self, rule: Rule) -> Boxed<'_, Revoked> {
        self.step(move |it| it.revoke_matching(rule))
    }
    fn read(&self, digests: Digests, own: Epoch) -> Boxed<'_, Read> {
        self.step(move |it| it.read(digests, own))
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
        self.step(move |it| it.spend(digests, own, audience.as_deref(), build, now))
    }
    fn poll(&self, own: Epoch) -> Boxed<'_, Feed> {
        self.step(move |it| it.poll(own))
    }
    fn snapshot(&self, limit: usize, now: UtcDateTime) -> Boxed<'_, Snapshot> {
        self.step(move |it| it.snapshot(limit, now))
    }
    fn touch(&self, used: Vec<(TokenId, UtcDateTime)>) -> Boxed<'_, ()> {
        self.step(move |it| it.touch(used))
    }
    fn show(&self, token: TokenId) -> Boxed<'_, Option<Row>> {
        self.step(move |it| it.show(token))
    }
    fn list(&self, matching: Rule, after: Option<TokenId>, limit: usize) -> Boxed<'_, Vec<Row>> {
        self.step(move |it| it.list(matching, after, limit))
    }
    fn unclosed(&self, log: &str, limit: usize) -> Boxed<'_, Vec<Row>> {
        let log = log.to_owned();
        self.step(move |it| it.unclosed(&log, limit))
    }
    fn close(&self, tokens: Vec<TokenId>) -> Boxed<'_, ()> {
        self.step(move |it| it.close(tokens))
    }
    fn prune(&self, expired_before: UtcDateTime) -> Boxed<'_, Pruned> {
        self.step(move |it| it.prune(expired_before))
    }
    fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Boxed<'_, ()> {
        self.step(move |it| it.use_pepper(current, previous, now, longest))
    }
}
