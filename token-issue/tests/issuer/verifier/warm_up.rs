//! The start of a verifier whose registry is slow.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::caller::{Hit, Refused};
use token_issue::{
    ErrorKind, Mint, Verifier,
    registry::{Memory, Rule},
};

use super::{another, assert_from_memory, hit, mint, time_until, verify};
use crate::{
    desk::{Desk, seconds},
    faulty::{Fault, FaultyRegistry},
    kind,
};

/// Keeps the first answer to `snapshot` back until it is let go.
#[derive(Default)]
struct Held {
    snapshots: AtomicUsize,
    is_free: Mutex<bool>,
    freed: Condvar,
}

impl Held {
    fn after(&self, method: &str) {
        if method == "snapshot" && self.snapshots.fetch_add(1, Ordering::SeqCst) == 0 {
            drop(self.freed.wait_while(self.is_free.lock().unwrap(), |is_free| !*is_free).unwrap());
        }
    }

    fn let_go(&self) {
        *self.is_free.lock().unwrap() = true;
        self.freed.notify_all();
    }
}

fn desk() -> (Arc<FaultyRegistry>, Arc<Held>, Desk) {
    let registry = FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() };
    let (registry, held) = (Arc::new(registry), Arc::new(Held::default()));
    let hook = Arc::clone(&held);
    registry.trap.after_each(move |method| hook.after(method));
    (Arc::clone(&registry), held, Desk::with(registry))
}

fn start_within(desk: &Desk, at_most: Duration) -> Verifier {
    let start = Instant::now();
    let verifier = block_on(desk.verifier_options().warm_up(at_most).start()).unwrap();
    assert!(start.elapsed() < at_most + seconds(2), "{:?}", start.elapsed());
    verifier
}

#[test]
fn a_registry_that_is_slow_is_not_waited_for_and_late_rows_are_put_in_without_what_was_revoked() {
    let (_, held, desk) = desk();
    let issuer = desk.issuer();
    let staying: Vec<_> = (0..50).map(|_| mint(&issuer, Mint::<kind::Deploy>::new())).collect();
    let (parent, revoked) = mint(&issuer, Mint::<kind::Deploy>::new());
    let leaver = Mint::<kind::Deploy>::new().subject("one who leaves");
    let (_, of_leaver) = mint(&issuer, leaver);
    let (_, other) = mint(&issuer, another());

    let verifier = start_within(&desk, Duration::from_millis(200));
    assert_eq!(verifier.remembered(), 0);
    verify(&verifier, &staying[0].1).unwrap();
    verify(&verifier, &revoked).unwrap();
    let _ = block_on(issuer.revoke_matching(Rule::all().subject("one who leaves"), "a test"));
    let _ = block_on(issuer.revoke_matching(Rule::all().kind("endless"), "a test"));
    let _ = block_on(issuer.revoke(parent, "a test")).unwrap();
    // The node has come farther than the rows, which have all of them.
    time_until("applied", || matches!(hit(&verifier, &revoked), Hit::Miss));
    held.let_go();
    time_until("they are there", || verifier.remembered() == staying.len());
    for (_, token) in &staying {
        assert_from_memory(&verifier, token);
    }
    for token in [&revoked, &of_leaver, &other] {
        assert!(matches!(hit(&verifier, token), Hit::Miss));
        assert_eq!(verify(&verifier, token).unwrap_err(), Refused::Revoked);
    }
    // What is revoked later is removed as ever.
    let _ = block_on(issuer.revoke_matching(Rule::all(), "a test")).unwrap();
    time_until("all are gone", || verifier.remembered() == 0);
}

/// Revocations go on while the rows are put in.
#[test]
fn late_rows_that_race_with_revocations_accept_nothing_that_was_revoked() {
    for _ in 0..10 {
        let (_, held, desk) = desk();
        let issuer = desk.issuer();
        let tokens: Vec<_> = (0..400).map(|_| mint(&issuer, Mint::<kind::Deploy>::new())).collect();
        let verifier = start_within(&desk, Duration::from_millis(200));
        let (first, token) = &tokens[0];
        verify(&verifier, token).unwrap();
        block_on(desk.registry.revoke(*first)).unwrap();
        time_until("applied", || matches!(hit(&verifier, token), Hit::Miss));
        held.let_go();
        for (id, _) in tokens.iter().step_by(4) {
            block_on(desk.registry.revoke(*id)).unwrap();
        }
        time_until("they are there", || verifier.remembered() == 300);
        for (number, (_, token)) in tokens.iter().enumerate() {
            assert_eq!(verify(&verifier, token).is_ok(), number % 4 != 0);
        }
        assert_eq!(verifier.remembered(), 300);
    }
}

#[test]
fn a_registry_that_fails_at_the_snapshot_leaves_memory_empty_and_one_that_fails_at_all_is_told() {
    for fault in [Fault::Errs, Fault::Hangs] {
        let (registry, held, desk) = desk();
        held.let_go();
        let (_, token) = mint(&desk.issuer(), Mint::<kind::Deploy>::new());
        registry.trap.arm_on("snapshot", 1, 1, fault);
        let verifier = start_within(&desk, Duration::from_millis(50));
        assert_eq!(registry.trap.calls(), 2);
        assert_eq!(verifier.remembered(), 0);
        verify(&verifier, &token).unwrap();
        assert_from_memory(&verifier, &token);

        registry.trap.arm_on("snapshot", 1, 2, fault);
        let start = Instant::now();
        let options = desk.verifier_options().warm_up(Duration::from_millis(50));
        let error = block_on(options.start()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(start.elapsed() < seconds(3), "{:?}", start.elapsed());
    }
}

#[test]
fn zero_reads_no_row_and_memory_takes_no_more_than_its_capacity() {
    let (_, held, desk) = desk();
    held.let_go();
    let issuer = desk.issuer();
    let tokens: Vec<_> = (0..1_000).map(|_| mint(&issuer, Mint::<kind::Deploy>::new()).1).collect();
    assert_eq!(start_within(&desk, Duration::ZERO).remembered(), 0);
    let verifier = block_on(desk.verifier_options().capacity(640).start()).unwrap();
    assert!((320..=640).contains(&verifier.remembered()), "{}", verifier.remembered());
    for token in &tokens {
        verify(&verifier, token).unwrap();
        assert!(verifier.remembered() <= 640);
    }
}
