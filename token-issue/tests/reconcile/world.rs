//! A random history of a registry with two issuers, and what is left of it after a restore.
#![allow(dead_code, reason = "not every target uses all of it")]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use pollster::block_on;
use token_core::{
    AnyScopeSet, Caller, SourceDigest, SystemClock, TokenId, UtcDateTime,
    caller::{Deadline, Verified},
    record::{Epoch, Event, InMemory, Log},
};
use token_issue::{
    Digest, Digests, ErrorKind, Issuer, Mint, Narrow, PepperId, Reconcile, ReconcileReport,
    Registry, RegistryError, Row, State, Unfit,
    registry::{Boxed, Feed, Pruned, Read, Revoked, Rule, Snapshot},
};

use crate::{POLICY, kind};

pub(crate) struct World {
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) logs: Vec<Arc<InMemory>>,
    issuers: Vec<Issuer>,
    tokens: Vec<Token>,
    random: fastrand::Rng,
}

struct Token {
    id: TokenId,
    is_ticket: bool,
}

const SUBJECTS: [&str; 3] = ["alice", "bob", "job-17"];

impl World {
    pub(crate) fn new(registry: Arc<dyn Registry>, seed: u64) -> Self {
        let logs: Vec<_> = ["example.com/one", "example.com/two"].map(InMemory::named).into();
        let logs: Vec<_> = logs.into_iter().map(Arc::new).collect();
        let start = |log: &Arc<InMemory>| issuer(&registry, log).unwrap();
        let issuers = logs.iter().map(start).collect();
        let random = fastrand::Rng::with_seed(seed);
        Self { registry, logs, issuers, tokens: Vec::new(), random }
    }

    pub(crate) fn go_on(&mut self, steps: usize) {
        (0..steps).for_each(|_| self.step());
    }

    fn step(&mut self) {
        let issuer = self.random.choice(&self.issuers).unwrap().clone();
        let subject = *self.random.choice(&SUBJECTS).unwrap();
        match self.random.u32(..20) {
            0..8 => self.mint(&issuer, subject),
            8..10 => self.ticket(&issuer, subject),
            10..13 => self.narrow(&issuer, subject),
            13..17 => {
                if let Some(token) = self.random.choice(&self.tokens) {
                    let _ = block_on(issuer.revoke(token.id, "leaked")).unwrap();
                }
            }
            17..19 => self.spend(),
            _ => {
                let rule = match self.random.u32(..8) {
                    0 => Rule::all(),
                    1 => Rule::all().kind("ticket"),
                    2 => Rule::all().kind("deploy").subject(subject),
                    _ => Rule::all().subject(subject),
                };
                let _ = block_on(issuer.revoke_matching(rule, "has left")).unwrap();
            }
        }
    }

    pub(crate) fn mint(&mut self, issuer: &Issuer, subject: &str) {
        let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new().subject(subject))).unwrap();
        let id = issued.id();
        drop(issued.release());
        self.tokens.push(Token { id, is_ticket: false });
    }

    fn ticket(&mut self, issuer: &Issuer, subject: &str) {
        let issued = block_on(issuer.mint(Mint::<kind::Ticket>::new().subject(subject))).unwrap();
        let id = issued.id();
        drop(issued.release());
        self.tokens.push(Token { id, is_ticket: true });
    }

    fn narrow(&mut self, issuer: &Issuer, subject: &str) {
        let tokens: Vec<_> = self.tokens.iter().filter(|token| !token.is_ticket).collect();
        let Some(parent) = self.random.choice(tokens) else { return };
        let scopes = AnyScopeSet::of_kind(<kind::Deploy as token_core::TokenKind>::COMPILED);
        let deadline = Deadline::after(Duration::from_secs(900), &SystemClock);
        let verified = Verified::new(parent.id, scopes, deadline).subject(subject);
        let caller: Caller<kind::Deploy> = verified.vouch().of_kind().unwrap();
        // The parent may be dead, or too deep.
        if let Ok(issued) = block_on(issuer.narrow(&caller, Narrow::new())) {
            let id = issued.id();
            drop(issued.release());
            self.tokens.push(Token { id, is_ticket: false });
        }
    }

    fn spend(&mut self) {
        let now = UtcDateTime::now();
        let rows = block_on(self.registry.snapshot(1_000_000, now)).unwrap().rows;
        let tickets: Vec<_> = rows.into_iter().filter(|(_, row)| row.once).collect();
        if let Some((digest, _)) = self.random.choice(&tickets) {
            let spent = self.registry.spend(Digests::new(*digest, None), ANY, None, None, now);
            block_on(spent).unwrap();
        }
    }

    pub(crate) fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// Stops the issuers, which puts on record what they know.
    pub(crate) fn stop(&mut self) {
        for issuer in self.issuers.drain(..) {
            issuer.close(Duration::from_secs(20)).unwrap();
        }
    }

    /// Reconciles a registry with both logs, and with copies of the registry.
    pub(crate) fn reconcile(
        &self,
        restored: &Arc<dyn Registry>,
        copies: &[(&Arc<dyn Registry>, bool)],
    ) -> Result<ReconcileReport, token_issue::Error> {
        let mut reconcile = Reconcile::of(Arc::clone(restored)).actor("alice");
        for log in &self.logs {
            reconcile = reconcile.log(Arc::clone(log) as Arc<dyn Log>, records(log));
        }
        for (copy, is_last) in copies {
            reconcile = reconcile.copy("the lost one", Arc::clone(copy), *is_last);
        }
        reconcile.run()
    }

    /// What must be alive in the restored registry: what was in the backup and is alive in the lost one. Of the tickets those only
    /// of which it is known that they are unused.
    pub(crate) fn expected(&self, backup: &[Row], with_tickets: bool) -> BTreeSet<TokenId> {
        let in_backup: BTreeSet<TokenId> = backup.iter().map(|row| row.token).collect();
        let alive = live(&*self.registry);
        let rows = rows(&*self.registry).into_iter();
        let rows = rows.filter(|row| with_tickets || !row.once);
        let ids = rows.map(|row| row.token);
        ids.filter(|id| in_backup.contains(id) && alive.contains(id)).collect()
    }
}

pub(crate) fn issuer(
    registry: &Arc<dyn Registry>,
    log: &Arc<InMemory>,
) -> Result<Issuer, token_issue::Error> {
    Issuer::options(&POLICY, Arc::clone(registry), Arc::clone(log) as Arc<dyn Log>).start()
}

pub(crate) fn records(log: &InMemory) -> Vec<Result<(u64, Event), token_core::Error>> {
    (0..).zip(log.events()).map(Ok).collect()
}

pub(crate) fn rows(registry: &dyn Registry) -> Vec<Row> {
    block_on(registry.list(Rule::all(), None, 1_000_000)).unwrap()
}

pub(crate) fn live(registry: &dyn Registry) -> BTreeSet<TokenId> {
    let rows = rows(registry).into_iter().filter(|row| row.state == State::Live);
    rows.map(|row| row.token).collect()
}

/// The whole story: a backup is made at some moment, the registry is lost later and restored, the run is killed again and again, and at
/// the end the tokens are alive that should be, and the issuers start.
#[track_caller]
pub(crate) fn story(
    seed: u64,
    registry: Arc<dyn Registry>,
    back_up: impl FnOnce() -> Arc<dyn Registry>,
    with_copy: bool,
) {
    let mut world = World::new(registry, seed);
    let mut random = fastrand::Rng::with_seed(!seed);
    world.go_on(random.usize(..60));
    let restored = back_up();
    let backup = rows(&*restored);
    world.go_on(random.usize(..60));
    world.stop();

    let lost = Arc::clone(&world.registry);
    let expected = world.expected(&backup, with_copy);
    let copies = [(&lost, true)];
    let copies = if with_copy { &copies[..] } else { &[] };
    let is_older = |log| issuer(&restored, log).is_err();
    let older: Vec<bool> = world.logs.iter().map(is_older).collect();
    let mut kills = 0;
    let report = loop {
        let calls = random.usize(1..40);
        let dying: Arc<dyn Registry> = Arc::new(Dying::after(calls, Arc::clone(&restored)));
        match world.reconcile(&dying, copies) {
            Ok(report) => break report,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "seed {seed}"),
        }
        kills += 1;
        for (log, older) in world.logs.iter().zip(&older) {
            if let (true, Ok(_)) = (older, issuer(&restored, log)) {
                panic!("seed {seed}: an issuer starts after {kills} runs that were killed");
            }
        }
    };
    assert!(report.is_complete() && report.missing_logs.is_empty(), "seed {seed}: {report}");
    assert_eq!(live(&*restored), expected, "seed {seed}: {report}");
    for (log, older) in world.logs.iter().zip(&older) {
        let told = log.events().into_iter().filter(|event| event.action.name() == "reconciled");
        // Of two revocations at once the later one may be on record first. Then the last epoch on record is not lost, and one before it is.
        let told = told.count();
        assert!(told == 1 || !older && told == 0, "seed {seed}: {told} records");
    }
    if older.iter().any(|older| *older) {
        let events: Vec<usize> = world.logs.iter().map(|log| log.events().len()).collect();
        let again = world.reconcile(&restored, copies).unwrap();
        let done = (again.revoked, again.perhaps_used, again.rules);
        assert_eq!(done, (0, 0, 0), "seed {seed}: {again}");
        assert_eq!(again.at, report.at, "seed {seed}: nothing is done twice");
        let now: Vec<usize> = world.logs.iter().map(|log| log.events().len()).collect();
        assert_eq!(events, now, "seed {seed}");
    }

    // The issuers go on, and what they mint lives.
    let logs = world.logs.clone();
    for log in &logs {
        let issuer = issuer(&restored, log).unwrap();
        world.mint(&issuer, "alice");
        issuer.close(Duration::from_secs(20)).unwrap();
    }
    assert_eq!(live(&*restored).len(), expected.len() + logs.len(), "seed {seed}");
    for log in &logs {
        let open = log.standing().unwrap().open;
        let open: BTreeSet<TokenId> = open.into_iter().filter_map(|it| it.event.token).collect();
        assert!(open.is_subset(&live(&*restored)), "seed {seed}: open on record and dead");
    }
}

/// A registry whose program is killed after so many calls, before or behind the last one.
pub(crate) struct Dying {
    registry: Arc<dyn Registry>,
    left: AtomicUsize,
}

impl Dying {
    pub(crate) fn after(calls: usize, registry: Arc<dyn Registry>) -> Self {
        Self { registry, left: AtomicUsize::new(calls) }
    }

    fn call<'r, T: 'r>(&self, answer: impl FnOnce() -> Boxed<'r, T>) -> Boxed<'r, T> {
        let left = self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        match left {
            Ok(1) => {
                // Done, and nobody heard of it.
                let _ = block_on(answer());
                Box::pin(async { Err(RegistryError::unavailable("killed")) })
            }
            Ok(_) => answer(),
            Err(_) => Box::pin(async { Err(RegistryError::unavailable("killed")) }),
        }
    }
}

impl Registry for Dying {
    fn insert(&self, digest: Digest, row: Row, now: UtcDateTime) -> Boxed<'_, Result<(), Unfit>> {
        self.call(|| self.registry.insert(digest, row, now))
    }

    fn revoke(&self, token: TokenId) -> Boxed<'_, Revoked> {
        self.call(|| self.registry.revoke(token))
    }

    fn revoke_matching(&self, rule: Rule) -> Boxed<'_, Revoked> {
        self.call(|| self.registry.revoke_matching(rule))
    }

    fn read(&self, digests: Digests, own: Epoch) -> Boxed<'_, Read> {
        self.call(|| self.registry.read(digests, own))
    }

    fn spend(
        &self,
        digests: Digests,
        own: Epoch,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> Boxed<'_, Read> {
        self.call(|| self.registry.spend(digests, own, audience, build, now))
    }

    fn poll(&self, own: Epoch) -> Boxed<'_, Feed> {
        self.call(|| self.registry.poll(own))
    }

    fn snapshot(&self, limit: usize, now: UtcDateTime) -> Boxed<'_, Snapshot> {
        self.call(|| self.registry.snapshot(limit, now))
    }

    fn touch(&self, used: Vec<(TokenId, UtcDateTime)>) -> Boxed<'_, ()> {
        self.call(|| self.registry.touch(used))
    }

    fn show(&self, token: TokenId) -> Boxed<'_, Option<Row>> {
        self.call(|| self.registry.show(token))
    }

    fn list(&self, matching: Rule, after: Option<TokenId>, limit: usize) -> Boxed<'_, Vec<Row>> {
        self.call(|| self.registry.list(matching, after, limit))
    }

    fn unclosed(&self, log: &str, limit: usize) -> Boxed<'_, Vec<Row>> {
        self.call(|| self.registry.unclosed(log, limit))
    }

    fn close(&self, tokens: Vec<TokenId>) -> Boxed<'_, ()> {
        self.call(|| self.registry.close(tokens))
    }

    fn prune(&self, expired_before: UtcDateTime) -> Boxed<'_, Pruned> {
        self.call(|| self.registry.prune(expired_before))
    }

    fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Boxed<'_, ()> {
        self.call(|| self.registry.use_pepper(current, previous, now, longest))
    }
}

const ANY: Epoch = Epoch { n: 0, mark: [0; 16] };
