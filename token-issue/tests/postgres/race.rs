//! What happens at the same time, from several processes' connections.

use std::{
    sync::{
        Barrier, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use pollster::block_on;
use test_support::postgres::Server;
use token_core::record::Epoch;
use token_issue::{Registry, State, Unfit, registry::Rule};

use crate::{
    rows::{NOON, below, digest, digests, id, insert, row},
    server::open,
};

/// So many times, or as often as the environment variable says.
fn times(variable: &str, short: u64) -> u64 {
    std::env::var(variable).map_or(short, |given| given.parse().unwrap())
}

/// A child is put in while its parent is revoked. `POSTGRES_RACES` says how often.
#[test]
fn no_child_slips_past_a_revocation() {
    let server = Server::start();
    narrow_while_revoking(&server.database("tokens"));
    // Whatever somebody has set for the role.
    server
        .sql("tokens", "ALTER ROLE registry SET default_transaction_isolation = 'repeatable read'");
    narrow_while_revoking(&server.database("others"));
}

fn narrow_while_revoking(url: &str) {
    let (narrows, revokes) = (open(url), open(url));
    let (meet, came_first) = (Barrier::new(2), AtomicU64::new(0));
    let (pairs, odd) = (times("POSTGRES_RACES", 1_000), Mutex::new(Vec::new()));
    for pair in 0..pairs {
        insert(&narrows, &row(id(0, pair)));
    }
    thread::scope(|scope| {
        scope.spawn(|| {
            for pair in 0..pairs {
                let child = below(id(1, pair), &row(id(0, pair)));
                meet.wait();
                match block_on(narrows.insert(digest(child.token), child, NOON)) {
                    Ok(Ok(())) => drop(came_first.fetch_add(1, Ordering::Relaxed)),
                    Ok(Err(Unfit::ParentRevoked)) => {}
                    // Not a panic, which would leave the other thread at the barrier.
                    other => odd.lock().unwrap().push(format!("{pair}: {other:?}")),
                }
            }
        });
        scope.spawn(|| {
            for pair in 0..pairs {
                meet.wait();
                let revoked = block_on(revokes.revoke(id(0, pair)));
                if !matches!(&revoked, Ok(revoked) if revoked.is_new) {
                    odd.lock().unwrap().push(format!("{pair}: {revoked:?}"));
                }
            }
        });
    });
    assert_eq!(odd.into_inner().unwrap(), [""; 0]);
    let rows = block_on(narrows.list(Rule::all(), None, usize::MAX)).unwrap();
    let alive = rows.iter().filter(|row| row.state == State::Live).count();
    let first = came_first.load(Ordering::Relaxed);
    assert_eq!(rows.len() as u64, pairs + first);
    assert_eq!(alive, 0, "{first} of {pairs} children came first");
    assert!(first > 0 && first < pairs, "both orders happen: {first} of {pairs}");
}

#[test]
fn of_many_who_spend_a_token_one_does() {
    let server = Server::start();
    let url = server.database("tokens");
    let registries: Vec<_> = (0..6).map(|_| open(&url)).collect();
    let own = Epoch { n: 0, mark: [0; 16] };
    for number in 0..60 {
        let token = id(2, number);
        let mut once = row(token);
        once.once = true;
        insert(&registries[0], &once);
        let meet = Barrier::new(registries.len());
        let used: usize = thread::scope(|scope| {
            let tries: Vec<_> = registries
                .iter()
                .map(|registry| {
                    scope.spawn(|| {
                        meet.wait();
                        let read = block_on(registry.spend(digests(token), own, None, None, NOON));
                        usize::from(read.unwrap().row.unwrap().state == State::Live)
                    })
                })
                .collect();
            tries.into_iter().map(|tried| tried.join().unwrap()).sum()
        });
        assert_eq!(used, 1, "token {number}");
    }
}

/// The numbers of revocations are committed in their order: who asks again and again hears of each one.
#[test]
fn no_number_is_skipped_by_who_polls() {
    let server = Server::start();
    let url = server.database("tokens");
    let registries: Vec<_> = (0..4).map(|_| open(&url)).collect();
    let each = 60;
    for group in 0..4 {
        for number in 0..each {
            insert(&registries[0], &row(id(group, number)));
        }
    }
    let mut own = block_on(registries[0].snapshot(0, NOON)).unwrap().at;
    thread::scope(|scope| {
        for (group, registry) in (0..).zip(&registries) {
            scope.spawn(move || {
                for number in 0..each {
                    assert!(block_on(registry.revoke(id(group, number))).unwrap().is_new);
                }
            });
        }
        let polling = open(&url);
        let mut heard = Vec::new();
        while own.n < 4 * each {
            // On a busy machine a poll may be given up.
            let Ok(feed) = block_on(polling.poll(own)) else { continue };
            assert!(feed.answer.knows_own);
            assert_eq!(feed.tokens.len() as u64, feed.listed.n - own.n);
            heard.extend(feed.tokens);
            own = feed.listed;
        }
        heard.sort_unstable();
        heard.dedup();
        assert_eq!(heard.len() as u64, 4 * each);
    });
}

/// Tokens are used, closed, pruned and revoked with their subtrees, all at once: no transaction waits for another that waits
/// for it.
#[test]
fn changes_of_many_rows_do_not_wait_for_each_other_in_a_circle() {
    let server = Server::start();
    let url = server.database("tokens");
    let registry = open(&url);
    let mut all = Vec::new();
    for family in 0..20 {
        let parent = row(id(10, family));
        insert(&registry, &parent);
        all.push(parent.token);
        for child in 0..10 {
            // Ids of children come before and after those of their parents.
            let child =
                below(id(if child % 2 == 0 { 1 } else { 20 }, family * 100 + child), &parent);
            insert(&registry, &child);
            all.push(child.token);
        }
    }
    let (backwards, others) =
        (all.iter().rev().copied().collect::<Vec<_>>(), [open(&url), open(&url)]);
    thread::scope(|scope| {
        scope.spawn(|| {
            for family in 0..20 {
                block_on(registry.revoke(id(10, family))).unwrap();
            }
        });
        for (registry, order) in others.iter().zip([&all, &backwards]) {
            scope.spawn(move || {
                for second in 1..20 {
                    let now = NOON + std::time::Duration::from_secs(second);
                    let used = order.iter().map(|token| (*token, now)).collect();
                    block_on(registry.touch(used)).unwrap();
                    block_on(registry.close(order.clone())).unwrap();
                }
            });
        }
    });
    let last = NOON + std::time::Duration::from_secs(4_000);
    assert_eq!(block_on(registry.prune(last)).unwrap().rows, 220);
}

/// More rows than one transaction forgets.
#[test]
fn a_large_registry_is_pruned_in_parts() {
    let server = Server::start();
    let registry = open(&server.database("tokens"));
    server.sql(
        "tokens",
        "INSERT INTO token_registry.token (id, digest, kind, scopes, minted_at, expires_at, born, depth, once)
         SELECT decode(md5(i::text), 'hex'), sha256(i::text::bytea), 'deploy', '', 0, i, 0, 0, false FROM generate_series(1, 7001) i",
    );
    let first = NOON + std::time::Duration::from_secs(5_001);
    assert_eq!(block_on(registry.prune(first)).unwrap().rows, 5_000);
    assert_eq!(block_on(registry.prune(first)).unwrap().rows, 0);
    assert_eq!(server.sql("tokens", "SELECT count(*) FROM token_registry.token"), "2001");
}
