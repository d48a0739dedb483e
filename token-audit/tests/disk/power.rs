//! Power failures and killed processes at every operation of a life, in memory.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use token_audit::{Error, Log};

use crate::{
    disks::{Crash, Fault, Faulty, Op, Random, Volatile, What},
    support::{Ledger, Promises, on_two_threads},
};

/// Where a life begins.
struct Base {
    name: &'static str,
    disk: Volatile,
    promises: Promises,
}

type Before = fn(&Ledger, &Log, &Faulty) -> Result<(), Error>;

impl Base {
    fn made_by(name: &'static str, before: Before, is_closed: bool) -> Self {
        let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
        let faulty = Faulty::over(disk.storage());
        let log = ledger.open(faulty.storage()).unwrap();
        before(&ledger, &log, &faulty).unwrap();
        if !is_closed {
            faulty.set(die_at(0));
        }
        drop(log);
        Self { name, disk: disk.crash(Crash::Kill), promises: ledger.promises() }
    }

    fn start(&self) -> (Volatile, Arc<Ledger>) {
        (self.disk.crash(Crash::Kill), Ledger::of(self.promises.clone()))
    }
}

/// Nothing; shortly before a bundle is full, closed and killed; a journal full of small frames that are sealed.
fn bases() -> [Base; 4] {
    let nothing = Base { name: "new", disk: Volatile::default(), promises: Promises::default() };
    let nearly_full: Before = |ledger, log, disk| ledger.burst(log, disk, 250);
    let small: Before = |ledger, log, _| {
        (0..120).try_for_each(|_| ledger.append(log))?;
        log.checkpoint().map(drop)
    };
    [
        nothing,
        Base::made_by("closed", nearly_full, true),
        Base::made_by("killed", nearly_full, false),
        Base::made_by("small frames", small, false),
    ]
}

/// Everything that a log does: create, append, complete a bundle, wrap the journal around, close.
fn live(ledger: &Arc<Ledger>, disk: &Faulty) -> Result<(), Error> {
    let log = ledger.open(disk.storage())?;
    let _ = ledger.append(&log);
    let _ = ledger.burst(&log, disk, 140);
    let _ = log.checkpoint();
    for _ in 0..6 {
        let _ = ledger.append_big(&log);
    }
    let _ = ledger.append(&log);
    log.close().map(drop)
}

fn die_at(at: u64) -> Fault {
    Fault { op: None, at, what: What::Die }
}

/// How many operations a life has.
fn length(base: &Base) -> u64 {
    let disk = Faulty::over(base.disk.crash(Crash::Kill).storage());
    live(&Ledger::of(base.promises.clone()), &disk).unwrap();
    disk.total()
}

fn crashes(seed: u64) -> impl Iterator<Item = Crash> {
    let some = (0..2).map(move |n| Crash::Power(seed * 100 + n));
    [Crash::Kill, Crash::LoseAll].into_iter().chain(some)
}

#[test]
fn every_acknowledged_record_survives_a_crash_at_every_operation() {
    let runs = AtomicU64::new(0);
    for base in bases() {
        let length = length(&base);
        on_two_threads(0..=length, |at| {
            let (disk, ledger) = base.start();
            let faulty = Faulty::over(disk.storage());
            faulty.set(die_at(at));
            let _ = live(&ledger, &faulty);
            for crash in crashes(at) {
                let left = Ledger::of(ledger.promises());
                left.check(
                    &disk.crash(crash).storage(),
                    &format!("{}, {at}, {crash:?}", base.name),
                );
                runs.fetch_add(1, Ordering::Relaxed);
            }
        });
        println!("{} operations in a life that begins {}", length, base.name);
    }
    println!("{} crashes in memory, one life", runs.into_inner());
}

/// What a killed process left in the page cache is not on the disk: the next process must not believe it is.
#[test]
fn a_process_is_killed_and_then_the_power_fails() {
    let runs = AtomicU64::new(0);
    for base in bases() {
        let length = length(&base);
        on_two_threads((0..length).step_by(2), |first| {
            let (disk, ledger) = base.start();
            let faulty = Faulty::over(disk.storage());
            faulty.set(die_at(first));
            let _ = live(&ledger, &faulty);
            let disk = disk.crash(Crash::Kill);
            let faulty = Faulty::over(disk.storage());
            let second = Random(first).next() % (length + 10);
            faulty.set(die_at(second));
            let _ = live(&ledger, &faulty);
            for crash in [Crash::LoseAll, Crash::Power(first), Crash::Power(first + 1000)] {
                let context = format!("{}, {first}, then {second}, {crash:?}", base.name);
                Ledger::of(ledger.promises()).check(&disk.crash(crash).storage(), &context);
                runs.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    println!("{} crashes in memory, two lives", runs.into_inner());
}

/// A full disk that was emptied again, and then a power failure.
#[test]
fn the_disk_is_full_for_a_while_and_then_the_power_fails() {
    let runs = AtomicU64::new(0);
    for base in bases() {
        let length = length(&base);
        on_two_threads((0..length).step_by(2), |at| {
            let (disk, ledger) = base.start();
            let faulty = Faulty::over(disk.storage());
            faulty.set(Fault { op: None, at, what: What::Fail { errno: 28, times: 1 + at % 3 } });
            let _ = live(&ledger, &faulty);
            for crash in [Crash::LoseAll, Crash::Power(at), Crash::Power(at + 1000)] {
                let context = format!("{}, full at {at}, {crash:?}", base.name);
                Ledger::of(ledger.promises()).check(&disk.crash(crash).storage(), &context);
                runs.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    println!("{} crashes in memory after a full disk", runs.into_inner());
}

/// The sectors of a large frame that did not reach the disk still have the small frames of an earlier time.
#[test]
fn a_large_frame_is_torn_over_many_small_ones() {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    (0..1200).for_each(|_| ledger.append(&log).unwrap());
    log.checkpoint().unwrap();
    // The first event of a burst takes one sync, the others the second.
    faulty.set(Fault { op: Some(Op::Sync), at: 1, what: What::Die });
    ledger.burst(&log, &faulty, 1000).unwrap_err();
    drop(log);
    for seed in 0..20 {
        let left = disk.crash(Crash::Power(seed));
        Ledger::of(ledger.promises()).check(&left.storage(), &format!("seed {seed}"));
    }
}
