//! A server that does not answer, and one that is gone.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use pollster::block_on;
use test_support::postgres::Server;
use token_core::{caller::Refused, record::Epoch};
use token_issue::{Health, Registry, RegistryError};

use crate::{
    desk::{accepts, issuer, mint, time_until, verifier},
    rows::{NOON, digests, id, insert, row},
    server::{open, registry},
};

fn epoch(registry: &dyn Registry) -> Epoch {
    block_on(registry.snapshot(0, NOON)).unwrap().at
}

/// The time that something took.
fn timed<T>(how: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let answer = how();
    (answer, start.elapsed())
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What is not answered in time closes its connection, so that no later question waits behind it.
#[test]
fn a_poll_that_is_not_answered_closes_its_connection() {
    let server = Server::start();
    let registry = registry(&server, "tokens");
    insert(&registry, &row(id(1, 1)));
    let own = epoch(&registry);
    block_on(registry.poll(own)).unwrap();
    let connected = || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'token-registry'";
        server.sql("tokens", sql).parse::<u32>().unwrap()
    };
    assert!(connected() >= 2, "one for changes, one for the feed");

    server.freeze();
    let (answer, taken) = timed(|| block_on(registry.poll(own)));
    let error = answer.unwrap_err();
    assert!(matches!(error, RegistryError::Unavailable { .. }), "{error}");
    assert!(taken >= ms(290) && taken < ms(600), "{taken:?}");
    // A new connection is accepted by the system, and not by the server.
    let (answer, taken) = timed(|| block_on(registry.poll(own)));
    answer.unwrap_err();
    assert!(taken >= ms(240) && taken < ms(600), "{taken:?}");
    let (answer, taken) = timed(|| block_on(registry.read(digests(id(1, 1)), own)));
    answer.unwrap_err();
    assert!(taken < ms(900), "{taken:?}");

    server.thaw();
    let (answer, taken) = timed(|| block_on(registry.poll(own)));
    answer.unwrap();
    assert!(taken < ms(500), "{taken:?}");
    block_on(registry.read(digests(id(1, 1)), own)).unwrap();
    time_until("the server has seen that the old connections are closed", || connected() <= 3);
}

/// A flood of questions during an outage is answered in the same time as one, and nothing is left of it.
#[test]
fn many_questions_to_a_frozen_server_do_not_wait_for_each_other() {
    let server = Server::start();
    let registry = Arc::new(registry(&server, "tokens"));
    let own = epoch(&*registry);
    server.freeze();
    let ((), taken) = timed(|| {
        thread::scope(|scope| {
            for number in 0..64 {
                let registry = &registry;
                scope.spawn(move || {
                    block_on(registry.read(digests(id(1, number)), own)).unwrap_err();
                });
            }
        });
    });
    assert!(taken < ms(2_000), "{taken:?}");
    server.thaw();
    block_on(registry.read(digests(id(1, 1)), own)).unwrap();
}

/// Requirement: a store that is cut off has every token refused within a second, and is back within one.
#[test]
fn a_verifier_refuses_within_a_second_and_is_back_within_one() {
    let server = Server::start();
    let url = server.database("tokens");
    let (issuer, verifier) = (issuer(Arc::new(open(&url))), verifier(Arc::new(open(&url))));
    let (_, token) = mint(&issuer);
    accepts(&verifier, &token).unwrap();
    for _ in 0..3 {
        server.freeze();
        let hits = |token: &[u8]| {
            use token_core::{
                Verify,
                caller::{Hit, Presented},
            };
            matches!(verifier.hit(Presented::new(token)), Hit::Caller(_))
        };
        let refused = time_until("memory counts no more", || !hits(&token));
        assert!(refused < ms(1_000), "{refused:?}");
        let answer = accepts(&verifier, &token);
        assert!(matches!(answer, Err(Refused::Unavailable { .. })), "{answer:?}");
        assert!(matches!(verifier.health(), Health::Unavailable { .. }), "{:?}", verifier.health());
        thread::sleep(ms(700));
        server.thaw();
        let back = time_until("the verifier is back", || accepts(&verifier, &token).is_ok());
        assert!(back < ms(1_000), "{back:?}");
        let ready = time_until("memory counts", || verifier.health() == Health::Ready);
        assert!(back + ready < ms(1_000), "{back:?} and {ready:?}");
    }
}

#[test]
fn a_server_that_was_restarted_is_used_again() {
    let mut server = Server::start();
    let url = server.database("tokens");
    let registry = Arc::new(open(&url));
    let (issuer, verifier) = (issuer(registry.clone()), verifier(registry.clone()));
    let (id, token) = mint(&issuer);
    accepts(&verifier, &token).unwrap();
    server.stop();
    time_until("refused", || accepts(&verifier, &token).is_err());
    let error = block_on(registry.poll(Epoch { n: 0, mark: [0; 16] })).unwrap_err();
    assert!(error.to_string().contains("no server listens there"), "{error}");
    let down = block_on(registry.revoke(id)).unwrap_err();
    assert!(matches!(down, RegistryError::Unavailable { .. }), "{down}");
    server.go_on();
    let back = time_until("the verifier is back", || accepts(&verifier, &token).is_ok());
    assert!(back < ms(1_500), "{back:?}");
    let _ = block_on(issuer.revoke(id, "a test")).unwrap();
    let refused = time_until("refused", || accepts(&verifier, &token).is_err());
    assert!(refused < ms(1_000), "{refused:?}");
}

/// After a poll without an answer a process asks nothing else, so that the next poll has the first connection. One that does not poll any
/// more asks again all the same.
#[test]
fn a_poll_that_was_the_last_one_stops_no_question_for_long() {
    let mut server = Server::start();
    let registry = registry(&server, "tokens");
    insert(&registry, &row(id(1, 1)));
    let own = epoch(&registry);
    server.stop();
    block_on(registry.poll(own)).unwrap_err();
    let error = block_on(registry.read(digests(id(1, 1)), own)).unwrap_err().to_string();
    assert!(error.contains("the last poll"), "{error}");
    server.go_on();
    let back = time_until("asked", || block_on(registry.read(digests(id(1, 1)), own)).is_ok());
    assert!(back < ms(2_500), "{back:?}");
}

/// Another transaction that keeps the epoch locked is not waited for without end.
#[test]
fn a_lock_that_is_held_is_told() {
    let server = Server::start();
    let registry = registry(&server, "tokens");
    insert(&registry, &row(id(1, 1)));
    let holding = thread::scope(|scope| {
        let holding = scope.spawn(|| {
            server.sql(
                "tokens",
                "BEGIN; SELECT * FROM token_registry.epoch FOR UPDATE; SELECT pg_sleep(4)",
            )
        });
        let sql = "SELECT count(*) FROM pg_locks WHERE relation = 'token_registry.epoch'::regclass AND mode = 'RowShareLock'";
        time_until("the lock is held", || server.sql("tokens", sql) == "1");
        let (answer, taken) = timed(|| block_on(registry.revoke(id(1, 1))));
        let error = answer.unwrap_err().to_string();
        assert!(error.contains("55P03") && error.contains("pg_stat_activity"), "{error}");
        assert!(taken > ms(1_500) && taken < ms(3_500), "{taken:?}");
        // To mint, and to ask, needs no such lock.
        insert(&registry, &row(id(1, 2)));
        block_on(registry.read(digests(id(1, 2)), Epoch { n: 0, mark: [0; 16] })).unwrap();
        holding.join().unwrap()
    });
    drop(holding);
    assert!(block_on(registry.revoke(id(1, 1))).unwrap().is_new);
}

/// A poll that is given up within its transaction must not leave a connection behind that answers from an old snapshot.
#[test]
fn a_poll_that_was_given_up_leaves_no_old_snapshot_behind() {
    let server = Server::start();
    let registry = registry(&server, "tokens");
    for number in 0..3 {
        insert(&registry, &row(id(1, number)));
    }
    let own = epoch(&registry);
    block_on(registry.poll(own)).unwrap();
    let first = block_on(registry.revoke(id(1, 0))).unwrap().at;
    thread::scope(|scope| {
        // What a poll reads last within its transaction.
        scope.spawn(|| {
            server.sql("tokens", "BEGIN; LOCK token_registry.rule; SELECT pg_sleep(1.6)")
        });
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'token_registry.rule'::regclass AND mode = 'AccessExclusiveLock'";
        time_until("the table is locked", || server.sql("tokens", held) == "1");
        // The third of those that wait for their turn has less time left than a poll has.
        for late in [0, 10, 20, 30, 40] {
            let registry = &registry;
            scope.spawn(move || {
                thread::sleep(ms(late));
                block_on(registry.poll(own)).unwrap_err();
            });
        }
    });
    let second = block_on(registry.revoke(id(1, 1))).unwrap().at;
    assert_eq!((first.n, second.n), (1, 2));
    let feed = block_on(registry.poll(own)).unwrap();
    assert_eq!((feed.answer.at, feed.listed), (second, second));
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    time_until("no transaction is open", || server.sql("tokens", open) == "0");
}

/// A registry whose verifier is gone is asked all the same.
#[test]
fn a_poll_that_failed_some_time_ago_keeps_nobody_from_asking() {
    let server = Server::start();
    let registry = registry(&server, "tokens");
    insert(&registry, &row(id(1, 1)));
    let own = epoch(&registry);
    server.freeze();
    block_on(registry.poll(own)).unwrap_err();
    server.thaw();
    let asked = time_until("it answers", || block_on(registry.show(id(1, 1))).is_ok());
    assert!(asked < ms(3_000), "{asked:?}");
}

/// A change is made, also if nobody waits for its end; and a registry that is dropped makes those that were begun.
#[test]
fn a_revocation_is_made_if_nobody_waits_for_it() {
    let server = Server::start();
    let url = server.database("tokens");
    let other = open(&url);
    for number in 0..10 {
        insert(&other, &row(id(1, number)));
        let registry = open(&url);
        drop(registry.revoke(id(1, number)));
        drop(registry);
        time_until("revoked", || {
            let row = block_on(other.show(id(1, number))).unwrap().unwrap();
            row.state != token_issue::State::Live
        });
    }
}
