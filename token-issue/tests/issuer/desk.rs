//! An issuer with a registry and a log in memory, and what the tests ask of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    AnyScopeSet, Caller, Clock, ManualClock, Secret, TokenId, TokenKind, UtcDateTime,
    caller::{Deadline, Verified},
    record::{Event, InMemory, Log},
};
use token_issue::{
    Issued, Issuer, IssuerOptions, Registry, Row, State,
    registry::{Memory, Rule},
};

use crate::POLICY;

pub(crate) struct Desk {
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) log: Arc<InMemory>,
    pub(crate) clock: Arc<ManualClock>,
}

/// The time at which every test begins: half past a second.
pub(crate) fn start() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp_nanos(1_800_000_000_500_000_000).unwrap()
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Arc::new(Memory::new()))
    }

    pub(crate) fn with(registry: Arc<dyn Registry>) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let log =
            InMemory::named("example.com/tokens").with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        Self { registry, log: Arc::new(log), clock }
    }

    pub(crate) fn options(&self) -> IssuerOptions {
        let log = Arc::clone(&self.log) as Arc<dyn Log>;
        Issuer::options(&POLICY, Arc::clone(&self.registry), log)
            .clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
            .actor("token-service")
    }

    pub(crate) fn issuer(&self) -> Issuer {
        self.options().start().unwrap()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.log.events()
    }

    /// The ids of the tokens that are open on record.
    pub(crate) fn open(&self) -> Vec<TokenId> {
        self.log
            .standing()
            .unwrap()
            .open
            .iter()
            .map(|opening| opening.event.token.unwrap())
            .collect()
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        block_on(self.registry.list(Rule::all(), None, usize::MAX)).unwrap()
    }

    pub(crate) fn live(&self) -> Vec<TokenId> {
        let rows = self.rows().into_iter().filter(|row| row.state == State::Live);
        rows.map(|row| row.token).collect()
    }

    pub(crate) fn row(&self, token: TokenId) -> Row {
        block_on(self.registry.show(token)).unwrap().unwrap()
    }

    /// A caller as a verifier makes him, whatever the registry says.
    pub(crate) fn caller<K: TokenKind>(&self, token: TokenId) -> Caller<K> {
        let deadline = Deadline::after(Duration::from_secs(3600), &*self.clock);
        let scopes = AnyScopeSet::of_kind(K::COMPILED);
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let verified = Verified::with_clock(token, scopes, deadline, clock);
        verified.subject("who knows").vouch().of_kind().unwrap()
    }

    pub(crate) fn caller_of<K: TokenKind>(&self, issued: &Issued<K>) -> Caller<K> {
        self.caller(issued.id())
    }
}

pub(crate) fn text(secret: &Secret) -> String {
    secret.with_bytes("a test looks at it", |bytes| str::from_utf8(bytes).unwrap().to_owned())
}

/// Waits for the issuer's thread.
#[track_caller]
pub(crate) fn eventually(what: &str, is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(20), "not in 20 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
