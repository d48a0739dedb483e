//! Events that nobody waits for: recorded, or counted.

use std::{sync::Arc, thread, time::Duration};

use token_audit::{
    __test::{Storage, ask_to_seal},
    ErrorKind, Log,
};
use token_core::record::{Action, Event, Recorder};

use crate::{
    disks::{Faulty, Op, Volatile},
    support::{Ledger, Promises, options, records},
};

const ENOSPC: i32 = 28;

fn start(deadline: Duration) -> (Faulty, Arc<Ledger>, Log) {
    let ledger = Ledger::of(Promises::default());
    let disk = Faulty::over(Volatile::default().storage());
    let log = ledger.open_with(disk.storage(), options().deadline(deadline)).unwrap();
    (disk, ledger, log)
}

fn note(log: &Log) {
    log.note(Event::new(Action::destroyed(None), "ci"));
}

/// How many notes are on record, and how many are said to be missed.
fn counted(disk: &Arc<dyn Storage>) -> (u64, u64) {
    let records = records(disk);
    let noted = records.iter().filter(|record| record.event.action.is_closing()).count();
    (noted as u64, records.iter().map(|record| record.missed).sum())
}

#[test]
fn what_a_full_disk_loses_is_counted_exactly() {
    for is_announcing in [false, true] {
        let (disk, ledger, log) = start(Duration::from_secs(5));
        ledger.append(&log).unwrap();
        if is_announcing {
            // Its record is the log's own: nobody misses it as an event.
            log.checkpoint().unwrap();
        }
        disk.fail(Op::Write, ENOSPC, u64::MAX);
        (0..10).for_each(|_| note(&log));
        ledger.append(&log).unwrap_err();
        disk.heal();
        ledger.append(&log).unwrap();
        log.close().unwrap();
        assert_eq!(counted(&disk.storage()), (0, 10), "announcing: {is_announcing}");
    }
}

/// The announcement itself is not lost either.
#[test]
fn a_checkpoint_is_put_on_record_when_there_is_space_again() {
    let (disk, ledger, log) = start(Duration::from_secs(5));
    ledger.append(&log).unwrap();
    log.checkpoint().unwrap();
    disk.fail(Op::Write, ENOSPC, u64::MAX);
    ledger.append(&log).unwrap_err();
    disk.heal();
    ledger.append(&log).unwrap();
    log.close().unwrap();
    let announced = |action: &Action| matches!(action, Action::Checkpointed { size: 1, .. });
    assert!(records(&disk.storage()).iter().any(|record| announced(&record.event.action)));
}

#[test]
fn what_a_hanging_disk_loses_is_counted_exactly() {
    let (disk, ledger, log) = start(Duration::from_millis(200));
    ledger.append(&log).unwrap();
    disk.hang(Op::Sync);
    (0..100).for_each(|_| note(&log));
    thread::sleep(Duration::from_millis(300));
    (0..50).for_each(|_| note(&log));
    disk.heal();
    while ledger.append(&log).is_err() {
        thread::sleep(Duration::from_millis(2));
    }
    log.close().unwrap();
    assert_eq!(counted(&disk.storage()), (100, 50));
}

#[test]
fn what_the_queue_does_not_hold_is_counted_exactly() {
    let (disk, ledger, log) = start(Duration::from_secs(600));
    ledger.append(&log).unwrap();
    disk.hang(Op::Sync);
    // The queue holds 64 MiB, and each of these has about 50 KB.
    let notes = 1_500;
    let scopes = || (0..200).map(|_| "x".repeat(250));
    let long = || Event::new(Action::destroyed(None), "ci").scopes(scopes());
    (0..notes).for_each(|_| log.note(long()));
    assert_ne!(log.missed(), 0);
    let refused = log.append(long()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LogBusy);
    disk.heal();
    // The last chance to say that events were lost.
    log.close().unwrap();
    let (noted, missed) = counted(&disk.storage());
    assert!(missed > 0 && noted > 1_000, "{noted} {missed}");
    assert_eq!(noted + missed, notes);
}

#[test]
fn notes_of_many_threads_are_recorded_or_counted() {
    let (disk, ledger, log) = start(Duration::from_secs(20));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..300).for_each(|_| note(&log)));
        }
        for _ in 0..40 {
            disk.fail(Op::Write, ENOSPC, 2);
            let _ = log.checkpoint();
            thread::sleep(Duration::from_micros(300));
        }
    });
    disk.heal();
    ledger.append(&log).unwrap();
    ledger.append(&log).unwrap();
    log.close().unwrap();
    let (noted, missed) = counted(&disk.storage());
    println!("{noted} notes on record, {missed} missed");
    assert_eq!(noted + missed, 1200);
}

/// More events wait than share a write.
#[test]
fn a_checkpoint_and_the_end_cover_all_that_waited_before() {
    const NOTES: u64 = 2_500;
    let (disk, _, log) = start(Duration::from_secs(60));
    let sealing = disk.hold(|until_held| {
        note(&log);
        until_held();
        (1..NOTES).for_each(|_| note(&log));
        ask_to_seal(&log).unwrap()
    });
    let sealed = loop {
        match sealing.outcome() {
            Some(outcome) => break outcome.unwrap(),
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    assert!(sealed >= NOTES, "{sealed} of {NOTES}");
    let closer = disk.hold(|until_held| {
        note(&log);
        until_held();
        (1..NOTES).for_each(|_| note(&log));
        let log = log.clone();
        let closer = thread::spawn(move || log.close());
        thread::sleep(Duration::from_millis(20));
        closer
    });
    closer.join().unwrap().unwrap();
    assert_eq!(counted(&disk.storage()), (2 * NOTES, 0));
}
