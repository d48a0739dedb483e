//! The end: within its deadline, with nothing left behind, and each token closed on record once.

use std::{
    fs,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use token_core::{
    Admission, Current,
    record::{InMemory, Log},
};
use token_rotate::{Attempt, ErrorKind, Failure, Fetched, Issuer, Rotating};

use crate::support::{Bench, List, Say, Told, kind, secs};

/// The processes whose parent is this one, which belong to a test: `sleep 1000` and the shell that started it.
fn sleepers() -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines
        .filter(|line| {
            line.windows(10).any(|part| part == b"sleep\x001000" || part == b"sleep 1000")
        })
        .count()
}

fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).collect()
}

#[test]
fn a_hung_helper_is_killed_and_nothing_is_left() {
    let before = sleepers();
    let admission = Admission::new();
    let rotating = Rotating::<kind::Job>::from_policy(admission).unwrap().start_empty().unwrap();
    let began = Instant::now();
    while sleepers() < before + 2 {
        assert!(began.elapsed() < secs(10), "the helper does not start");
        thread::sleep(Duration::from_millis(5));
    }
    let began = Instant::now();
    rotating.close(secs(2)).unwrap();
    assert!(began.elapsed() < secs(2));
    // What the helper itself has started is killed with it, and gone a moment later.
    while sleepers() > before {
        assert!(began.elapsed() < secs(3), "children are left");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Hangs, and does not look whether anybody waits.
struct Deaf;

impl Issuer<kind::Ci> for Deaf {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        thread::sleep(Duration::from_millis(1500));
        Err(Failure::transient("at last"))
    }
}

#[test]
fn an_issuer_that_does_not_listen_does_not_hold_up_the_end() {
    let rotating = Rotating::<kind::Ci>::options(Admission::new(), Deaf).start_empty().unwrap();
    thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    let error = rotating.close(Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Hung);
    assert!(began.elapsed() < secs(1));
    // It can be asked again.
    rotating.close(secs(5)).unwrap();
}

#[test]
fn the_threads_end_with_it() {
    let issuer = Told::to([Say::Live(secs(600))]);
    let rotating = Rotating::<kind::Ci>::options(Admission::new(), issuer.clone()).start().unwrap();
    rotating.close(secs(5)).unwrap();
    assert_eq!(Arc::strong_count(&issuer), 1, "no thread has it any more: {:?}", threads());
    // Without waiting, when it is dropped.
    let rotating =
        Rotating::<kind::Ci>::options(Admission::new(), issuer.clone()).start_empty().unwrap();
    let began = Instant::now();
    drop(rotating);
    while Arc::strong_count(&issuer) > 1 {
        assert!(began.elapsed() < secs(5), "{:?}", threads());
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_token_is_closed_on_record_exactly_once() {
    let day = secs(86_400);
    let bench = Bench::<kind::Ci>::new(Told::to([
        Say::Named(day, "one"),
        Say::Named(day, "two"),
        Say::Named(day, "three"),
    ]));
    bench.hand.step();
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(Current::current(&bench.rotating).unwrap());
        if leases.len() < 3 {
            bench.rotating.rejected(bench.id());
            bench.pass(secs(10));
        }
    }
    let _ = leases[2].expose_for(&List).unwrap();
    bench.rotating.close(secs(1)).unwrap();
    for lease in &leases {
        assert_eq!(lease.expose_for(&List).unwrap_err().kind(), token_core::ErrorKind::Ended);
    }
    assert!(bench.log.standing().unwrap().open.is_empty());
    assert_eq!(bench.rotating.health().token, None, "nothing is held, not even what is wiped");
    drop(leases);
    let events = bench.events();
    let number = |name: &str| events.iter().filter(|event| *event == name).count();
    let closed = number("rotated") + number("destroyed") + number("expired");
    assert_eq!(
        (number("admitted"), closed),
        (bench.rotating.health().revision as usize, number("admitted")),
        "{events:?}"
    );
    assert_eq!(number("destroyed"), 1, "the last one has no successor");
    assert_eq!(bench.hand.step(), None);
    let mut retired = bench.issuer.retired();
    retired.sort();
    assert_eq!(retired, ["one", "three", "two"], "each is ended at its issuer");
}

#[test]
fn what_comes_after_the_end_is_not_kept() {
    let bench = Bench::<kind::Ci>::new(Told::to([]));
    let token_rotate::Act::Fetch(attempt) = bench.hand.next() else { panic!() };
    bench.rotating.close(Duration::ZERO).unwrap();
    assert!(attempt.is_cancelled());
    let late = crate::support::living(secs(600)).handle(token_rotate::Handle::new("late"));
    bench.hand.fetched(&attempt, Ok(late));
    assert_eq!(bench.rotating.current().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(bench.rotating.wait(secs(10)).map(drop).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(bench.events(), ["admitted", "destroyed"]);
    assert_eq!(bench.hand.step(), None);
    assert_eq!(bench.issuer.retired(), ["late"]);
    bench.rotating.close(Duration::ZERO).unwrap();
}

#[test]
fn a_token_is_wiped_when_it_is_dropped() {
    let log = Arc::new(InMemory::new());
    let issuer = Told::to([Say::Live(secs(600))]);
    let admission = Admission::new().recorder(log.clone());
    let rotating = Rotating::<kind::Ci>::options(admission, issuer.clone()).start().unwrap();
    drop(rotating);
    assert!(log.standing().unwrap().open.is_empty(), "at once");
    assert_eq!(issuer.fetches.load(Ordering::SeqCst), 1);
}
