//! Floods of tokens that nobody has issued, and whose checksums are right.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    TokenKind, Verify,
    caller::{Hit, Presented, Refused},
};
use token_issue::{Mint, Verifier, registry::Memory};
use token_policy::format::{self, Prefix};

use super::{another, assert_from_memory, hit, mint, miss, verify};
use crate::{
    desk::{Desk, seconds},
    faulty::{Fault, FaultyRegistry},
    kind,
};

/// A registry whose questions about single tokens are counted.
fn desk() -> (Arc<FaultyRegistry>, Desk) {
    let registry = FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() };
    let registry = Arc::new(registry);
    registry.trap.arm_on("read", usize::MAX, usize::MAX, Fault::Errs);
    (Arc::clone(&registry), Desk::with(registry))
}

/// As good as a new token, and made in less time.
fn forged<K: TokenKind>() -> String {
    let prefix = Prefix::parse(K::COMPILED.format.unwrap().name()).unwrap();
    let mut text = vec![0; prefix.token_bytes()];
    loop {
        let entropy: [u8; format::ENTROPY_BYTES] = std::array::from_fn(|_| fastrand::u8(..));
        if format::compose(&prefix, &entropy, &mut text).is_ok() {
            return String::from_utf8(text).unwrap();
        }
    }
}

fn is_unavailable(refused: &Refused) -> bool {
    matches!(refused, Refused::Unavailable { retry_after, .. } if *retry_after >= seconds(1))
}

/// 100,000 forged tokens on 64 threads, for as long as the questions of the test run beside them.
#[test]
fn a_flood_of_one_kind_costs_what_the_budget_says_and_other_kinds_nothing() {
    const THREADS: usize = 64;
    const EACH: usize = 100_000 / THREADS + 1;
    let (registry, desk) = desk();
    // As long as a question to a server takes.
    registry.trap.after_each(|method| {
        if method == "read" {
            thread::sleep(Duration::from_micros(100));
        }
    });
    let (issuer, verifier) = (desk.issuer(), desk.verifier_without_memory_of_its_start());
    let (_, hot) = mint(&issuer, Mint::<kind::Deploy>::new());
    verify(&verifier, &hot).unwrap();
    let cold: Vec<_> = (0..20).map(|_| mint(&issuer, Mint::<kind::Deploy>::new()).1).collect();
    let others: Vec<_> = (0..20).map(|_| mint(&issuer, another()).1).collect();

    let [unknown, unavailable] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let is_over = AtomicBool::new(false);
    let (mut hits, mut asked_others) = (0, 0);
    thread::scope(|scope| {
        let flood: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        match verify(&verifier, &forged::<kind::Deploy>()).unwrap_err() {
                            Refused::Unknown => &unknown,
                            refused if is_unavailable(&refused) => &unavailable,
                            other => panic!("{other:?}"),
                        }
                        .fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let cold = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for token in &cold {
                    if let Err(refused) = verify(&verifier, token) {
                        assert!(is_unavailable(&refused), "{refused:?}");
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        while !flood.iter().all(thread::ScopedJoinHandle::is_finished) {
            assert_from_memory(&verifier, &hot);
            hits += 1;
            if let Some(token) = others.get(asked_others) {
                // It would be refused if it waited for longer than 0.95 s.
                miss(&verifier, token).unwrap();
                asked_others += 1;
            }
            thread::sleep(Duration::from_millis(1));
        }
        is_over.store(true, Ordering::Relaxed);
        cold.join().unwrap();
    });
    assert_eq!(asked_others, others.len(), "{hits} hits");
    // 100 a second and ten seconds saved, on a clock that stands still.
    let [unknown, unavailable] = [unknown, unavailable].map(AtomicUsize::into_inner);
    assert_eq!((unknown, unknown + unavailable), (1_000, THREADS * EACH));
    // Each genuine token was read once at most while the flood ran, `hot` before.
    let reads = registry.trap.calls();
    let genuine = 1 + others.len() + cold.len();
    assert!((1_000 + 1 + others.len()..=1_000 + genuine).contains(&reads), "{reads} reads");

    desk.clock.advance(seconds(1));
    super::time_until("the lease is back", || matches!(hit(&verifier, &hot), Hit::Caller(_)));
    for token in &cold {
        verify(&verifier, token).unwrap();
    }
    let more = (0..1_000)
        .filter(|_| verify(&verifier, &forged::<kind::Deploy>()).unwrap_err() == Refused::Unknown);
    assert_eq!(more.count(), 100);
}

impl Desk {
    /// Memory is there; it just begins empty.
    fn verifier_without_memory_of_its_start(&self) -> Verifier {
        block_on(self.verifier_options().warm_up(Duration::ZERO).start()).unwrap()
    }
}

#[test]
fn genuine_tokens_and_a_registry_that_fails_take_nothing_of_the_budget() {
    let (registry, desk) = desk();
    let issuer = desk.issuer();
    let options = desk.verifier_options().warm_up(Duration::ZERO).unknown_per_second(1);
    let verifier = block_on(options.start()).unwrap();
    for _ in 0..200 {
        verify(&verifier, &mint(&issuer, Mint::<kind::Deploy>::new()).1).unwrap();
    }
    // What was revoked is known to the registry.
    for _ in 0..100 {
        let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new());
        block_on(desk.registry.revoke(id)).unwrap();
        super::time_until("revoked", || {
            miss(&verifier, &token).is_err_and(|it| it == Refused::Revoked)
        });
    }
    registry.trap.arm_on("read", 1, 100, Fault::Errs);
    for _ in 0..100 {
        assert!(is_unavailable(&miss(&verifier, &forged::<kind::Deploy>()).unwrap_err()));
    }
    assert_eq!(registry.trap.calls(), 100);
    for number in 0..20 {
        let refused = miss(&verifier, &forged::<kind::Deploy>()).unwrap_err();
        assert_eq!(refused == Refused::Unknown, number < 10, "{number}: {refused:?}");
    }
    // Now it asks no more, for this kind.
    assert_eq!(registry.trap.calls(), 110);
    let refused = miss(&verifier, &mint(&issuer, Mint::<kind::Deploy>::new()).1);
    assert!(is_unavailable(&refused.unwrap_err()));
    verify(&verifier, &mint(&issuer, another()).1).unwrap();
    assert_eq!(registry.trap.calls(), 111);
}

/// Otherwise a flood of requests that are broken off would cost nothing.
#[test]
fn who_breaks_off_has_asked_all_the_same() {
    let (registry, desk) = desk();
    let options = desk.verifier_options().warm_up(Duration::ZERO).unknown_per_second(1);
    let verifier = block_on(options.start()).unwrap();
    registry.trap.arm_on("read", 1, usize::MAX, Fault::Hangs);
    for _ in 0..50 {
        let token = forged::<kind::Deploy>();
        let mut asked = verifier.miss(Presented::new(token.as_bytes()));
        let _ = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    assert_eq!(registry.trap.calls(), 10);
}

#[test]
fn a_flood_of_tickets_changes_nothing_more_than_the_budget_says() {
    let (registry, desk) = desk();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    registry.trap.arm_on("spend", usize::MAX, usize::MAX, Fault::Errs);
    for _ in 0..2_000 {
        verify(&verifier, &forged::<kind::Ticket>()).unwrap_err();
    }
    assert_eq!(registry.trap.calls(), 1_000);
    verify(&verifier, &mint(&issuer, Mint::<kind::Deploy>::new()).1).unwrap();
}

/// The registry hangs for all questions about tokens of one kind.
#[test]
fn one_kind_takes_half_of_the_seats_and_its_line_is_bounded() {
    let (registry, desk) = desk();
    let options = desk.verifier_options().warm_up(Duration::ZERO).waiting_misses(20);
    let (issuer, verifier) = (desk.issuer(), block_on(options.start()).unwrap());
    let (_, other) = mint(&issuer, another());
    registry.trap.arm_on("read", 1, 32, Fault::Hangs);
    let tokens: Vec<_> = (0..100).map(|_| forged::<kind::Deploy>()).collect();
    let mut asking: Vec<_> =
        tokens.iter().map(|token| verifier.miss(Presented::new(token.as_bytes()))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let mut poll_all = || {
        let answers = asking.iter_mut().map(|miss| miss.as_mut().poll(&mut context));
        let refused = answers.filter_map(|answer| match answer {
            Poll::Ready(answer) => Some(answer.unwrap_err()),
            Poll::Pending => None,
        });
        refused.collect::<Vec<_>>()
    };
    let refused = poll_all();
    assert_eq!(refused.len(), 100 - 32 - 20);
    assert!(refused.iter().all(is_unavailable), "{refused:?}");
    assert_eq!(registry.trap.calls(), 32);
    let start = Instant::now();
    verify(&verifier, &other).unwrap();
    assert!(start.elapsed() < Duration::from_millis(500));
    drop(asking);
    // Nobody is left in the line.
    registry.trap.arm_on("read", 1, 32, Fault::Hangs);
    let mut asking: Vec<_> = tokens
        .iter()
        .take(52)
        .map(|token| verifier.miss(Presented::new(token.as_bytes())))
        .collect();
    for miss in &mut asking {
        assert!(miss.as_mut().poll(&mut context).is_pending());
    }
}
