//! What happens at the same time, on several threads.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use pollster::block_on;
use token_issue::{
    Registry, State, Unfit,
    registry::{Memory, Rule, Sqlite},
};

use crate::common::{NOON, below, digest, digests, id, insert, quick, row, times};

/// Where two threads wait for each other.
struct Meeting(SyncSender<()>, Receiver<()>);

fn meeting() -> (Meeting, Meeting) {
    let ((to_one, one), (to_other, other)) = (sync_channel(1), sync_channel(1));
    (Meeting(to_other, one), Meeting(to_one, other))
}

impl Meeting {
    fn meet(&self) {
        self.0.send(()).unwrap();
        self.1.recv().unwrap();
    }
}

/// Narrows from a token and revokes it at the same time, so many times. Returns how often the child came first.
fn narrow_while_revoking(narrows: &dyn Registry, revokes: &dyn Registry, pairs: u64) -> u64 {
    // A thread that has failed takes the other one with it, which a barrier would keep waiting.
    let (narrowing, revoking) = meeting();
    let first = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let narrowing = narrowing;
            for pair in 0..pairs {
                let parent = row(id(0, pair));
                insert(narrows, &parent);
                narrowing.meet();
                let child = below(id(1, pair), &parent);
                match block_on(narrows.insert(digest(child.token), child, NOON)).unwrap() {
                    Ok(()) => first.fetch_add(1, Ordering::Relaxed),
                    Err(unfit) => u64::from(unfit != Unfit::ParentRevoked) * u64::MAX,
                };
                narrowing.meet();
                let alive = block_on(narrows.show(id(1, pair))).unwrap();
                let alive = alive.filter(|row| row.state == State::Live);
                assert_eq!(alive, None, "pair {pair}: a child of a revoked token is alive");
            }
        });
        scope.spawn(|| {
            let revoking = revoking;
            for pair in 0..pairs {
                revoking.meet();
                match pair % 4 {
                    // A rule ends the subtree too.
                    0 => block_on(revokes.revoke_matching(Rule::all())).unwrap(),
                    _ => block_on(revokes.revoke(id(0, pair))).unwrap(),
                };
                revoking.meet();
            }
        });
    });
    first.into_inner()
}

#[test]
fn no_child_survives_in_memory() {
    let registry = Memory::new();
    // Rules are looked through one by one there.
    let pairs = times("REGISTRY_PAIRS", 3_000).min(20_000);
    let first = narrow_while_revoking(&registry, &registry, pairs);
    assert!((1..pairs).contains(&first), "both orders must happen: {first} of {pairs}");
}

#[test]
fn no_child_survives_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let registry = quick(&folder.path().join("tokens.db"));
    let pairs = times("REGISTRY_PAIRS", 1_500);
    let first = narrow_while_revoking(&registry, &registry, pairs);
    assert!((1..pairs).contains(&first), "both orders must happen: {first} of {pairs}");
}

/// Two writer threads, as in two processes.
#[test]
fn no_child_survives_in_a_file_that_is_open_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let pairs = times("REGISTRY_PAIRS", 1_500);
    let first = narrow_while_revoking(&quick(&path), &quick(&path), pairs);
    assert!((1..pairs).contains(&first), "both orders must happen: {first} of {pairs}");
}

fn spend_by_many(registries: &[&dyn Registry]) {
    for token in 0..40 {
        let mut once = row(id(0, token));
        once.once = true;
        insert(registries[0], &once);
        let (together, used) = (Barrier::new(registries.len() * 4), AtomicU64::new(0));
        thread::scope(|scope| {
            for registry in registries.iter().cycle().take(registries.len() * 4) {
                scope.spawn(|| {
                    let own = block_on(registry.snapshot(0, NOON)).unwrap().at;
                    together.wait();
                    let found = registry.spend(digests(id(0, token)), own, None, None, NOON);
                    let found = block_on(found).unwrap().row.unwrap().state;
                    used.fetch_add(u64::from(found == State::Live), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(used.into_inner(), 1, "a token that may be used once was used once");
    }
}

#[test]
fn one_of_many_threads_spends_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    spend_by_many(&[&Memory::new()]);
    spend_by_many(&[&quick(&path), &quick(&path), &quick(&path)]);
}

/// The future is dropped at once, and then the registry.
#[test]
fn a_revocation_that_nobody_waits_for_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let registry = quick(&path);
    for token in 0..100 {
        insert(&registry, &row(id(0, token)));
    }
    for token in 0..99 {
        drop(registry.revoke(id(0, token)));
    }
    drop(registry.revoke_matching(Rule::all().subject("job-17")));
    drop(registry);
    let registry = quick(&path);
    for token in 0..100 {
        let state = block_on(registry.show(id(0, token))).unwrap().unwrap().state;
        assert!(matches!(state, State::Revoked { .. }), "token {token}");
    }
}

/// What waits when the registry is dropped is made first.
#[test]
fn what_is_asked_for_is_done_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let registry = Sqlite::open(&path).unwrap();
    thread::scope(|scope| {
        for process in 0..8 {
            let registry = &registry;
            scope.spawn(move || {
                (0..50).for_each(|number| insert(registry, &row(id(process, number))));
            });
        }
    });
    drop(registry);
    let found = block_on(quick(&path).list(Rule::all(), None, usize::MAX)).unwrap();
    assert_eq!(found.len(), 400);
}
