//! What callers do while the log's own thread is at work, at each of its operations on the disk: an exhaustive search for an
//! answer that comes before what it promises.
//!
//! Each life begins with one call. From then on the disk itself makes the other calls, between two operations of the
//! log's thread, which waits for the disk meanwhile. So each order is tried once, and none depends on luck. After each operation
//! every answer is looked at: a record that is acknowledged must be what a power failure leaves *at this moment*, and a checkpoint
//! that is handed out must cover what came before it and be durable.
//!
//! `ORDERS` is how many calls are made in the midst of the operations: 2, or 3 for the long form.

#[path = "orders/kept.rs"]
mod kept;
#[path = "orders/life.rs"]
mod life;
#[path = "orders/observed.rs"]
mod observed;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use self::life::{Call, Life, Plan};
use crate::{
    disks::{Crash, Fault, Op, Volatile, What},
    support::{Ledger, Promises, on_two_threads},
};

/// A log with a few records, that was closed.
fn base() -> (Volatile, Promises) {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let faulty = crate::disks::Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    ledger.burst(&log, &faulty, 2).unwrap();
    log.close().unwrap();
    drop(log);
    (disk.crash(Crash::Kill), ledger.promises())
}

/// Runs the life in which `calls` are made one after the other, each at every operation that it can be made at. Returns how
/// many lives there were.
fn all_orders(base: &(Volatile, Promises), first: Call, calls: &[Call]) -> u64 {
    let mut places = vec![0; calls.len()];
    let mut lives = 0;
    loop {
        let plan =
            Plan { first, calls: places.iter().copied().zip(calls.iter().copied()).collect() };
        let (life, context) = (Life::begin(base, None), format!("{plan:?}"));
        let made = life.live(&plan, &context);
        lives += 1;
        // The last call that was made in the midst of the operations is made one operation later. If none was, all
        // places of the call before were tried.
        let Some(last) = made.checked_sub(1) else {
            life.check(&context);
            return lives;
        };
        places[last] += 1;
        let at = places[last];
        places[last + 1..].iter_mut().for_each(|place| *place = at);
    }
}

fn calls() -> usize {
    std::env::var("ORDERS").map_or(2, |text| text.parse().unwrap())
}

/// All sequences of so many calls.
fn sequences(count: usize) -> Vec<Vec<Call>> {
    (0..count).fold(vec![Vec::new()], |all, _| {
        let longer = |calls: Vec<Call>| Call::ALL.map(|call| [&calls[..], &[call]].concat());
        all.into_iter().flat_map(longer).collect()
    })
}

#[test]
fn no_answer_comes_before_what_it_promises() {
    let (base, lives) = (base(), AtomicU64::new(0));
    // A life that fills the journal takes as long as a hundred others.
    let firsts = [(Call::Append, calls()), (Call::Seal, calls()), (Call::Fill, calls() - 2)];
    let all = firsts
        .into_iter()
        .flat_map(|(first, count)| sequences(count).into_iter().map(move |calls| (first, calls)));
    on_two_threads(all, |(first, calls)| {
        lives.fetch_add(all_orders(&base, first, &calls), Ordering::Relaxed);
    });
    println!("{} orders of calls and operations", lives.into_inner());
}

/// The search must be able to fail.
#[test]
fn an_answer_that_comes_too_early_is_found() {
    let base = base();
    let is_found = |lie: Option<Fault>| {
        let plan = Plan { first: Call::Append, calls: vec![(2, Call::Seal)] };
        let life = AssertUnwindSafe(|| Life::begin(&base, lie).live(&plan, "a disk that lies"));
        catch_unwind(life).is_err()
    };
    let lie = |op: Op, at: u64| Some(Fault { op: Some(op), at, what: What::Lie { times: 1 } });
    assert!(!is_found(None), "the disk does not lie");
    assert!(is_found(lie(Op::Sync, 0)), "the journal is not synced");
    assert!(is_found(lie(Op::Sync, 1)), "a tile is not synced");
}
