//! A power failure at each operation of a log, and *everything* that it may leave of what was not synced: a search through
//! all of it, where the tests in `power` take a few at random.
//!
//! The search must be able to fail: with a disk that only claims to sync, it finds what is lost.
//!
//! `SURVIVORS` is how many of the possible disks are looked at for each operation.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use token_audit::Error;

use crate::{
    disks::{Crash, Fault, Faulty, Op, Volatile, What},
    support::{Ledger, Promises, on_two_threads},
};

/// A log is opened, written, sealed, written and closed.
fn live(ledger: &Arc<Ledger>, disk: &Faulty) -> Result<(), Error> {
    let log = ledger.open(disk.storage())?;
    ledger.append(&log)?;
    ledger.append(&log)?;
    let _ = log.checkpoint()?;
    ledger.append(&log)?;
    log.close().map(drop)
}

/// Where a life begins: nothing; a log that was closed shortly before a bundle is full; and one that was killed then.
fn bases() -> [(&'static str, Volatile, Promises); 3] {
    let made = |is_closed: bool| {
        let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
        let faulty = Faulty::over(disk.storage());
        let log = ledger.open(faulty.storage()).unwrap();
        ledger.burst(&log, &faulty, 250).unwrap();
        log.checkpoint().unwrap();
        (0..3).for_each(|_| ledger.append(&log).unwrap());
        if !is_closed {
            faulty.set(Fault { op: None, at: 0, what: What::Die });
        }
        drop(log);
        (disk.crash(Crash::Kill), ledger.promises())
    };
    let ((closed, kept), (killed, left)) = (made(true), made(false));
    [
        ("new", Volatile::default(), Promises::default()),
        ("closed", closed, kept),
        ("killed", killed, left),
    ]
}

fn most() -> u64 {
    std::env::var("SURVIVORS").map_or(3, |text| text.parse().unwrap())
}

/// Evenly chosen numbers below `all`, of which the first and the last are some.
fn chosen(all: u64, most: u64) -> impl Iterator<Item = u64> {
    let count = all.min(most.max(2));
    (0..count).map(move |number| match count {
        1 => 0,
        _ => (u128::from(number) * u128::from(all - 1) / u128::from(count - 1)) as u64,
    })
}

#[test]
fn whatever_survives_every_acknowledged_record_does() {
    let (runs, possible) = (AtomicU64::new(0), AtomicU64::new(0));
    for (name, disk, promises) in bases() {
        let whole = Faulty::over(disk.crash(Crash::Kill).storage());
        live(&Ledger::of(promises.clone()), &whole).unwrap();
        on_two_threads(0..=whole.total(), |at| {
            let (disk, ledger) = (disk.crash(Crash::Kill), Ledger::of(promises.clone()));
            let faulty = Faulty::over(disk.storage());
            faulty.set(Fault { op: None, at, what: What::Die });
            let _ = live(&ledger, &faulty);
            let all = disk.survivors();
            possible.fetch_add(all, Ordering::Relaxed);
            for number in chosen(all, most()) {
                let context = format!("{name}, operation {at}, {number} of {all}");
                Ledger::of(ledger.promises()).check(&disk.survivor(number).storage(), &context);
                runs.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    println!("{} of {} disks after a power failure", runs.into_inner(), possible.into_inner());
}

/// Returns whether the search finds a broken promise on a disk that lies about some syncs.
fn is_found(lie: Fault, base: &(&str, Volatile, Promises)) -> bool {
    let (_, disk, promises) = base;
    let (disk, ledger) = (disk.crash(Crash::Kill), Ledger::of(promises.clone()));
    let faulty = Faulty::over(disk.storage());
    faulty.set(lie);
    let lost = |ledger: &Ledger| {
        let all = disk.survivors();
        chosen(all, 64).any(|number| {
            let left = Ledger::of(ledger.promises());
            let check = || left.check(&disk.survivor(number).storage(), "a disk that lies");
            catch_unwind(AssertUnwindSafe(check)).is_err()
        })
    };
    let log = ledger.open(faulty.storage()).unwrap();
    for step in 0..4 {
        if step == 2 {
            log.checkpoint().unwrap();
        }
        ledger.append(&log).unwrap();
        if lost(&ledger) {
            return true;
        }
    }
    log.close().unwrap();
    lost(&ledger)
}

#[test]
fn a_disk_that_only_claims_to_sync_is_found_out() {
    for base in &bases()[1..] {
        for op in [Op::Sync, Op::SyncDirectory] {
            let lie = Fault { op: Some(op), at: 0, what: What::Lie { times: u64::MAX } };
            assert!(is_found(lie, base), "{}: no {op:?} is done", base.0);
        }
        let honest = Fault { op: Some(Op::Sync), at: u64::MAX, what: What::Lie { times: 1 } };
        assert!(!is_found(honest, base), "{}: the disk does not lie", base.0);
    }
}

/// Which single sync of a file is needed, of all those of a life: the first only makes room in the journal, and the last only
/// gives the room back.
#[test]
fn each_sync_of_a_file_is_needed() {
    let [_, closed, _] = bases();
    let found: Vec<u64> = (0..14)
        .filter(|at| {
            let what = What::Lie { times: 1 };
            is_found(Fault { op: Some(Op::Sync), at: *at, what }, &closed)
        })
        .collect();
    println!("needed, of the syncs of files in a life: {found:?}");
    assert_eq!(found, (1..13).collect::<Vec<_>>());
}
