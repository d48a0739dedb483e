//! What a revocation tells those who listen.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use pollster::block_on;
use test_support::postgres::{Pooler, Server};
use token_core::{
    Verify,
    caller::{Hit, Presented},
};
use token_issue::{Registry, Verifier};

use crate::{
    desk::{accepts, issuer, mint, time_until, verifier},
    rows::{NOON, id, insert, row},
    server::open,
};

type Wake = Arc<dyn Fn() + Send + Sync>;

fn counting() -> (Wake, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&count);
    (
        Arc::new(move || {
            told.fetch_add(1, Ordering::SeqCst);
        }),
        count,
    )
}

/// The server's processes that listen.
const LISTENING: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'token-registry' AND query LIKE 'LISTEN%'";

#[test]
fn a_revocation_is_told_and_nothing_else_is() {
    let server = Server::start();
    let url = server.database("tokens");
    let (registry, other) = (open(&url), open(&url));
    let (wake, count) = counting();
    other.on_revocation(Arc::downgrade(&wake));
    time_until("it listens", || count.load(Ordering::SeqCst) == 1);
    for number in 1..=2 {
        insert(&registry, &row(id(1, number)));
    }
    block_on(registry.touch(vec![(id(1, 1), NOON)])).unwrap();
    block_on(registry.revoke(id(1, 99))).unwrap();
    block_on(registry.prune(NOON)).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(count.load(Ordering::SeqCst), 1, "only what was revoked is told");
    block_on(registry.revoke(id(1, 1))).unwrap();
    let told = time_until("told", || count.load(Ordering::SeqCst) == 2);
    assert!(told < Duration::from_millis(200), "{told:?}");
    block_on(registry.revoke_matching(token_issue::registry::Rule::all())).unwrap();
    time_until("a rule is told", || count.load(Ordering::SeqCst) == 3);

    // Who is gone is not told.
    drop(wake);
    block_on(registry.revoke_matching(token_issue::registry::Rule::all())).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

/// Many at once are few questions.
#[test]
fn a_storm_of_revocations_is_few_questions() {
    let server = Server::start();
    let url = server.database("tokens");
    let (registry, other) = (open(&url), open(&url));
    let (wake, count) = counting();
    other.on_revocation(Arc::downgrade(&wake));
    time_until("it listens", || count.load(Ordering::SeqCst) == 1);
    let mut last = 0;
    for number in 0..200 {
        insert(&registry, &row(id(1, number)));
    }
    let taken = {
        let start = std::time::Instant::now();
        for number in 0..200 {
            block_on(registry.revoke(id(1, number))).unwrap();
            last = count.load(Ordering::SeqCst);
        }
        start.elapsed()
    };
    // One for each 10 ms, one that began the storm, and one after it.
    let most = u64::try_from(taken.as_millis() / 10).unwrap() + 2;
    assert!(last <= most, "{last} in {taken:?}");
    time_until("the last one is told", || count.load(Ordering::SeqCst) > last || last > 1);
}

#[test]
fn a_listener_that_was_lost_listens_again_and_has_missed_nothing() {
    let server = Server::start();
    let url = server.database("tokens");
    let (registry, other) = (open(&url), open(&url));
    let (wake, count) = counting();
    other.on_revocation(Arc::downgrade(&wake));
    time_until("it listens", || count.load(Ordering::SeqCst) == 1);
    insert(&registry, &row(id(1, 1)));
    let kill =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'";
    assert_eq!(server.sql("tokens", kill), "1");
    block_on(registry.revoke(id(1, 1))).unwrap();
    // What came meanwhile is told by the first call after it.
    time_until("it listens again", || count.load(Ordering::SeqCst) == 2);
    insert(&registry, &row(id(1, 2)));
    block_on(registry.revoke(id(1, 2))).unwrap();
    time_until("told", || count.load(Ordering::SeqCst) == 3);
    assert_eq!(server.sql("tokens", LISTENING), "1");
}

fn hits(verifier: &Verifier, token: &[u8]) -> bool {
    matches!(verifier.hit(Presented::new(token)), Hit::Caller(_))
}

/// How long verifiers go on to take tokens from memory that are revoked one after the other, in milliseconds.
fn delays(from: &str, of: &str, times: usize) -> Vec<u128> {
    let issuer = issuer(Arc::new(open(from)));
    let verifiers: Vec<_> = (0..5).map(|_| verifier(Arc::new(open(of)))).collect();
    thread::sleep(Duration::from_millis(300));
    let mut delays = Vec::new();
    for _ in 0..times {
        let (id, token) = mint(&issuer);
        verifiers.iter().for_each(|verifier| accepts(verifier, &token).unwrap());
        assert!(block_on(issuer.revoke(id, "a test")).unwrap().is_new);
        let gone = || verifiers.iter().all(|verifier| !hits(verifier, &token));
        delays.push(time_until("refused", gone).as_millis());
    }
    delays.sort_unstable();
    delays
}

#[test]
fn a_revocation_is_everywhere_at_once_where_the_server_can_tell() {
    let server = Server::start();
    let url = server.database("tokens");
    let delays = delays(&url, &url, 40);
    let middle = delays[delays.len() / 2];
    assert!(middle < 100, "{delays:?}");
    assert!(delays.last() < Some(&1_000), "{delays:?}");
}

/// Behind a pooler nothing is heard, and the polls do it alone.
#[test]
fn a_revocation_is_everywhere_within_a_second_behind_a_pooler() {
    let server = Server::start();
    let url = server.database("tokens");
    let pooler = Pooler::before(&server);
    let delays = delays(&url, &pooler.url("tokens"), 15);
    assert!(delays.last() < Some(&1_000), "{delays:?}");
}
