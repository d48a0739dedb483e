//! Disks that fail: nothing is acknowledged that is not there, and nothing is lost that was acknowledged.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use token_audit::{
    __test::{directory, open_on},
    ErrorKind, Log,
};
use token_core::record::{Action, Event};

use crate::{
    child_process::Scratch,
    disks::{Fault, Faulty, Op, What},
    support::{Ledger, Promises, event, key, options},
};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

fn start() -> (Scratch, Faulty, Arc<Ledger>, Log) {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let disk = Faulty::over(directory(&scratch.log()));
    let log = ledger.open(disk.storage()).unwrap();
    (0..3).for_each(|_| ledger.append(&log).unwrap());
    (scratch, disk, ledger, log)
}

#[test]
fn a_failed_sync_or_write_poisons_the_log_until_it_is_opened_again() {
    let broken = [
        (Op::Sync, EIO),
        (Op::Sync, ENOSPC),
        (Op::Write, EIO),
        (Op::Write, EROFS),
        (Op::InPlace, EIO),
    ];
    for (op, errno) in broken {
        let (_scratch, disk, ledger, log) = start();
        disk.fail(op, errno, 1);
        let kind = |outcome: Result<(), token_audit::Error>| outcome.unwrap_err().kind();
        assert_eq!(kind(ledger.append(&log)), ErrorKind::LogPoisoned, "{op:?} {errno}");
        // The disk works again, and that changes nothing.
        for _ in 0..3 {
            assert_eq!(kind(ledger.append(&log)), ErrorKind::LogPoisoned, "{op:?} {errno}");
        }
        assert_eq!(log.check().unwrap_err().kind(), ErrorKind::LogPoisoned);
        assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogPoisoned);
        drop(log);
        ledger.check(&disk.storage(), "opened again");
    }
}

#[test]
fn a_checkpoint_that_fails_poisons_too() {
    for op in [Op::Sync, Op::SyncDirectory, Op::Rename, Op::CreateDirectory, Op::Write] {
        let (_scratch, disk, ledger, log) = start();
        disk.fail(op, EIO, 1);
        assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogPoisoned, "{op:?}");
        assert_eq!(ledger.append(&log).unwrap_err().kind(), ErrorKind::LogPoisoned, "{op:?}");
        drop(log);
        ledger.check(&disk.storage(), "opened again");
    }
}

#[test]
fn a_full_disk_can_be_emptied_at_every_operation() {
    let mut refused = 0;
    for at in 0..60 {
        let (_scratch, disk, ledger, log) = start();
        // All of a kind that takes space; a sync that fails is another thing.
        disk.set(Fault { op: None, at, what: What::FullFrom });
        let live = || {
            ledger.append(&log)?;
            log.checkpoint()?;
            (0..6).try_for_each(|_| ledger.append_big(&log))?;
            log.checkpoint()
        };
        let outcome = live();
        disk.heal();
        if let Err(error) = outcome {
            assert_eq!(error.kind(), ErrorKind::LogFull, "{at}");
            refused += 1;
        }
        ledger.append(&log).unwrap();
        log.checkpoint().unwrap();
        log.check().unwrap();
        drop(log);
        ledger.check(&disk.storage(), &format!("full at {at}"));
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn a_disk_that_is_low_takes_only_what_closes_tokens() {
    let scratch = Scratch::new();
    let disk = Faulty::over(directory(&scratch.log()));
    disk.set_free(1 << 20);
    let log = open_on(disk.storage(), key(), options().reserve_bytes(1 << 20)).unwrap();
    let _ = log.append(event(0)).unwrap();
    disk.set_free((1 << 20) - 1);
    let (parent, closes) = (None, Some(0));
    for opening in [Action::Created, Action::Admitted, Action::narrowed(parent)] {
        let error = log.append(Event::new(opening, "ci")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LogFull);
    }
    let successor = None;
    for closing in [
        Action::rotated(closes, successor),
        Action::revoked(closes),
        Action::expired(closes),
        Action::destroyed(closes),
    ] {
        let _ = log.append(Event::new(closing, "ci")).unwrap();
    }
    disk.set_free(1 << 20);
    let _ = log.append(event(1)).unwrap();
}

#[test]
fn a_read_only_disk_is_an_error_at_once() {
    let (_scratch, disk, ledger, log) = start();
    drop(log);
    for op in [Op::Open, Op::Write] {
        disk.fail(op, EROFS, u64::MAX);
        let error = ledger.open(disk.storage()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io | ErrorKind::LogPoisoned), "{op:?}: {error}");
    }
    disk.heal();
    ledger.check(&disk.storage(), "writable again");
}

/// Nobody gets an answer that says more than what is on the disk.
#[test]
fn files_that_are_removed_or_replaced_while_the_log_is_open_are_noticed() {
    type Damage = fn(&std::path::Path);
    let damages: [(&str, Damage); 6] = [
        ("journal removed", |path| std::fs::remove_file(path.join("journal")).unwrap()),
        ("journal replaced", |path| {
            std::fs::copy(path.join("journal"), path.join("copy")).unwrap();
            std::fs::rename(path.join("copy"), path.join("journal")).unwrap();
        }),
        ("journal emptied", |path| drop(std::fs::File::create(path.join("journal")).unwrap())),
        ("checkpoint removed", |path| std::fs::remove_file(path.join("checkpoint")).unwrap()),
        ("checkpoint replaced", |path| std::fs::write(path.join("checkpoint"), "other").unwrap()),
        ("directory removed", |path| std::fs::remove_dir_all(path).unwrap()),
    ];
    for (name, damage) in damages {
        for is_sealed in [false, true] {
            let (scratch, _disk, ledger, log) = start();
            if is_sealed {
                log.checkpoint().unwrap();
            }
            damage(&scratch.0.join("log"));
            let outcome = ledger.append(&log).and_then(|()| log.checkpoint());
            let error = outcome.expect_err(name);
            assert_eq!(error.kind(), ErrorKind::LogDamaged, "{name}: {error}");
        }
    }
}

/// A last checkpoint is not there if somebody has removed it.
#[test]
fn closing_notices_that_the_checkpoint_is_gone() {
    let (scratch, _disk, _ledger, log) = start();
    log.checkpoint().unwrap();
    std::fs::remove_file(scratch.0.join("log/checkpoint")).unwrap();
    log.close().unwrap_err();
}

/// A log is free again when `close` has returned.
#[test]
fn a_closed_log_can_be_opened_at_once() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let disk = directory(&scratch.log());
    for turn in 0..300 {
        let log = ledger.open_with(disk.clone(), options().deadline(Duration::from_secs(20)));
        let log = log.unwrap_or_else(|error| panic!("turn {turn}: {error}"));
        log.close().unwrap();
    }
}

/// A process that is being started has every open file, and with it its lock, until it is another program.
#[test]
fn a_closed_log_can_be_opened_while_processes_start() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let disk = directory(&scratch.log());
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Relaxed) {
                let _ = Command::new("true").status().unwrap();
            }
        });
        let opened = (0..1000).try_for_each(|turn| {
            let log = ledger.open_with(disk.clone(), options().deadline(Duration::from_secs(20)));
            log.and_then(|log| log.close().map(drop))
                .map_err(|error| format!("turn {turn}: {error}"))
        });
        is_done.store(true, Relaxed);
        opened.unwrap();
    });
}
