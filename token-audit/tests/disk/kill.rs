//! Real processes, killed at random moments and at every operation.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use token_audit::__test::directory;

use crate::{
    child_process::{Scratch, Writing},
    disks::Random,
    support::{Ledger, Promises, check_records, on_two_threads, records},
};

#[test]
fn every_acknowledged_record_survives_kills_at_random_moments() {
    let (runs, kept) = (AtomicU64::new(0), AtomicU64::new(0));
    on_two_threads(0..DIRECTORIES, |directory_number| {
        let (scratch, mut random) = (Scratch::new(), Random(directory_number));
        let (path, ledger) = (scratch.log(), Ledger::of(Promises::default()));
        let disk = directory(&path);
        for kill in 0..KILLS {
            let context = format!("directory {directory_number}, kill {kill}");
            let mut child = Writing::start("run", &path, None, &ledger);
            // Some die while they recover.
            if !random.one_in(4) {
                child.listen("open", &ledger).unwrap();
            }
            thread::sleep(Duration::from_micros(random.next() % 30_000));
            child.kill(&ledger);
            // As a reader finds it, before anybody repairs it.
            if path.join("checkpoint").exists() {
                check_records(&records(&disk), &ledger.promises().acked, &context);
                ledger.check_closed(&disk, &context);
            }
            if random.one_in(5) {
                ledger.check(&disk, &context);
            }
            runs.fetch_add(1, Ordering::Relaxed);
        }
        ledger.check(&disk, "at last");
        kept.fetch_add(ledger.promises().acked.len() as u64, Ordering::Relaxed);
    });
    let (runs, kept) = (runs.into_inner(), kept.into_inner());
    println!("{runs} kills at random moments, {kept} acknowledged records");
    assert!(kept > runs, "the children hardly wrote anything");
}

#[test]
fn every_acknowledged_record_survives_a_kill_at_every_operation() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let mut whole = Writing::start("kill-before", &scratch.log(), None, &ledger);
    let operations: u64 = whole.listen("operations", &ledger).unwrap().parse().unwrap();
    assert!(whole.child.wait().unwrap().success());
    let runs = AtomicU64::new(0);
    on_two_threads(
        (0..operations).flat_map(|at| [(at, "kill-before"), (at, "kill-after")]),
        |(at, job)| {
            let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
            let path = scratch.log();
            let mut child = Writing::start(job, &path, Some(at), &ledger);
            child.listen_to_the_end(&ledger);
            child.child.wait().unwrap();
            ledger.check(&directory(&path), &format!("{job} {at}"));
            runs.fetch_add(1, Ordering::Relaxed);
        },
    );
    println!("{} kills at operation boundaries", runs.into_inner());
}

const DIRECTORIES: u64 = 15;
const KILLS: u64 = 21;
