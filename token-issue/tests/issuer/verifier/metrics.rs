//! What a verifier tells and counts.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use pollster::block_on;
use token_core::caller::Refused;
use token_issue::{
    Distrusted, Health, Mint, Verifier, generate,
    metrics::{Limit, Limited, Metrics, Miss, Polled, Revocations, WarmUp},
    registry::{Memory, Rule},
};

use super::{mint, time_until, verify};
use crate::{
    desk::{Desk, text},
    faulty::{Fault, FaultyRegistry, Swapped},
    kind,
};

/// Keeps what it hears, and all of it as text too.
#[derive(Default)]
struct Heard {
    misses: Mutex<Vec<Miss>>,
    limited: Mutex<Vec<Limited>>,
    /// Whether there was an answer, how long it took, and what was left of the lease.
    polls: Mutex<Vec<(bool, Duration, Duration)>>,
    revocations: Mutex<Vec<Revocations>>,
    distrusted: Mutex<Vec<String>>,
    warm_ups: Mutex<Vec<WarmUp>>,
    all: Mutex<String>,
    panics: AtomicBool,
}

impl Heard {
    fn keep<T: std::fmt::Debug>(&self, list: &Mutex<Vec<T>>, what: T) {
        assert!(!self.panics.load(Ordering::SeqCst), "a metric that panics");
        self.all.lock().unwrap().push_str(&format!("{what:?}"));
        list.lock().unwrap().push(what);
    }

    fn count<T>(list: &Mutex<Vec<T>>, is_meant: impl Fn(&T) -> bool) -> usize {
        list.lock().unwrap().iter().filter(|it| is_meant(it)).count()
    }
}

impl Metrics for Heard {
    fn miss(&self, miss: &Miss) {
        self.keep(&self.misses, *miss);
    }

    fn limited(&self, limited: &Limited) {
        self.keep(&self.limited, *limited);
    }

    fn polled(&self, polled: &Polled<'_>) {
        self.keep(&self.polls, (polled.error.is_none(), polled.took, polled.lease_left));
    }

    fn revoked(&self, revocations: &Revocations) {
        self.keep(&self.revocations, *revocations);
    }

    fn distrusted(&self, why: &Distrusted) {
        self.keep(&self.distrusted, why.to_string());
    }

    fn warmed_up(&self, warm_up: &WarmUp) {
        self.keep(&self.warm_ups, *warm_up);
    }
}

fn start(desk: &Desk, heard: &Arc<Heard>) -> Verifier {
    block_on(desk.verifier_options().metrics(heard.clone()).unknown_per_second(1).start()).unwrap()
}

fn refused(verifier: &Verifier) -> BTreeMap<&'static str, u64> {
    verifier.counts().refused().filter(|(_, number)| *number > 0).collect()
}

#[test]
fn what_happens_is_told_and_counted_and_no_token_is_in_it() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let (_, early) = mint(&issuer, Mint::<kind::Deploy>::new().subject("someone"));
    let heard = Arc::new(Heard::default());
    let verifier = start(&desk, &heard);
    assert!(matches!(
        heard.warm_ups.lock().unwrap()[..],
        [WarmUp { rows: 1, is_in_time: true, .. }]
    ));

    let (id, late) = mint(&issuer, Mint::<kind::Deploy>::new().subject("someone"));
    let once = mint(&issuer, Mint::<kind::Ticket>::new()).1;
    for token in [&early, &late, &early, &late, &once] {
        verify(&verifier, token).unwrap();
    }
    verify(&verifier, &once).unwrap_err();
    verify(&verifier, "acme_deploy_no_token").unwrap_err();
    let forged: Vec<_> = (0..15).map(|_| text(&generate::<kind::Deploy>().unwrap())).collect();
    for token in &forged {
        verify(&verifier, token).unwrap_err();
    }
    block_on(desk.registry.revoke(id)).unwrap();
    time_until("heard", || !heard.revocations.lock().unwrap().is_empty());
    assert_eq!(verify(&verifier, &late).unwrap_err(), Refused::unavailable(Duration::from_secs(1)));

    let counts = verifier.counts();
    assert_eq!((counts.hits(), counts.misses()), (3, 2));
    let expected = [("Malformed", 1), ("Spent", 1), ("Unavailable", 6), ("Unknown", 10)];
    assert_eq!(refused(&verifier), expected.into());
    let misses = |kind, name: Option<&str>| {
        Heard::count(&heard.misses, |it| it.kind == kind && it.refused.map(|it| it.name()) == name)
    };
    assert_eq!(misses("deploy", None), 1);
    assert_eq!((misses("ticket", None), misses("ticket", Some("Spent"))), (1, 1));
    assert_eq!((misses("deploy", Some("Unknown")), misses("deploy", Some("Unavailable"))), (10, 6));
    let limited = |it: &Limited| (it.kind, it.limit) == ("deploy", Limit::Unknown);
    assert_eq!(Heard::count(&heard.limited, limited), 6);
    assert!(Heard::count(&heard.misses, |it| it.took > Duration::ZERO) > 0);

    block_on(desk.registry.revoke_matching(Rule::all().kind("reader"))).unwrap();
    time_until("heard", || heard.revocations.lock().unwrap().len() == 2);
    {
        let revocations = heard.revocations.lock().unwrap();
        let numbers: Vec<_> = revocations.iter().map(|it| (it.tokens, it.rules)).collect();
        assert_eq!(numbers, [(1, 0), (0, 1)]);
        assert!(revocations.iter().all(|it| it.no_older_than < Some(Duration::from_secs(1))));
        assert!(revocations.iter().all(|it| it.no_older_than.is_some()));
    }
    let all = heard.all.lock().unwrap();
    for secret in forged.iter().chain([&early, &late, &once]) {
        assert!(!all.contains(&secret[secret.len() - 20..]));
    }
    assert!(!all.contains(&id.to_string()) && !all.contains("someone"));
}

/// By the clocks of the system, so that a lease ends.
#[test]
fn polls_tell_how_much_of_the_lease_was_left_and_a_silent_registry_shows() {
    let registry = FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() };
    let registry = Arc::new(registry);
    let heard = Arc::new(Heard::default());
    let options = Verifier::options(&crate::POLICY, registry.clone()).metrics(heard.clone());
    let verifier = block_on(options.start()).unwrap();
    let good = |(is_answered, took, left): &(bool, Duration, Duration)| {
        *is_answered && *took < *left && *left < Duration::from_millis(950)
    };
    time_until("it polls", || Heard::count(&heard.polls, good) >= 2);
    // Before the first one there was no lease.
    assert_eq!(heard.polls.lock().unwrap()[0].2, Duration::ZERO);
    registry.trap.arm(1, usize::MAX, Fault::Errs);
    let failed =
        |(is_answered, _, left): &(bool, Duration, Duration)| !is_answered && left.is_zero();
    time_until("the lease is over", || Heard::count(&heard.polls, failed) >= 1);
    assert!(!matches!(verifier.health(), Health::Ready));
}

#[test]
fn another_history_is_told_at_each_poll() {
    let registry = Arc::new(Swapped::new(Arc::new(Memory::new())));
    let desk = Desk::with(registry.clone());
    let heard = Arc::new(Heard::default());
    let _verifier = start(&desk, &heard);
    registry.put(Arc::new(Memory::new()));
    time_until("told", || heard.distrusted.lock().unwrap().len() >= 2);
    assert!(heard.distrusted.lock().unwrap()[0].contains("another history"));
}

#[test]
fn metrics_that_panic_keep_nobody_out() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let heard = Arc::new(Heard::default());
    heard.panics.store(true, Ordering::SeqCst);
    let verifier = start(&desk, &heard);
    let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    verify(&verifier, &token).unwrap();
    block_on(desk.registry.revoke(id)).unwrap();
    time_until("revoked", || verify(&verifier, &token).is_err_and(|it| it == Refused::Revoked));
    assert_eq!(verifier.health(), Health::Ready);
}
