//! The journal keeps to its room, and what is left over in it is no record.

use token_audit::{__test::verify_on, ErrorKind};

use crate::{
    disks::{Crash, Fault, Faulty, Op, Volatile, What},
    support::{Ledger, Promises, big, key, token},
};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// It is written from the front again, however many records come, one by one or together.
#[test]
fn the_journal_takes_no_more_room_than_at_first() {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    let room = disk.files()["journal"].len();
    (0..8).for_each(|_| ledger.append_big(&log).unwrap());
    let pending: Vec<_> = faulty.hold(|_| {
        let submit = |number| (number, log.submit(big(number)).unwrap());
        (0..12).map(|_| submit(ledger.next())).collect()
    });
    for (number, pending) in pending {
        ledger.acknowledged(&pending.wait().unwrap(), token(number));
    }
    assert_eq!(disk.files()["journal"].len(), room);
    faulty.set(Fault { op: None, at: 0, what: What::Die });
    drop(log);
    ledger.check(&disk.crash(Crash::Kill).storage(), "killed");
}

/// The frames of the last session end where frames of the first one begin.
#[test]
fn frames_that_are_left_over_are_not_counted() {
    let (mut disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    for appends in [8, 0, 2] {
        let faulty = Faulty::over(disk.storage());
        let log = ledger.open(faulty.storage()).unwrap();
        (0..appends).for_each(|_| ledger.append(&log).unwrap());
        faulty.set(Fault { op: None, at: 0, what: What::Die });
        drop(log);
        disk = disk.crash(Crash::Kill);
    }
    let found = verify_on(disk.storage(), key().verifying_key(), &[]).unwrap();
    assert_eq!((found.checkpoint.size(), found.unsealed), (8, 2));
    ledger.check(&disk.storage(), "opened again");
}

/// Then the journal has the records still, and what comes is written behind them.
#[test]
fn a_checkpoint_that_finds_no_space_loses_nothing() {
    for op in [Op::CreateDirectory, Op::Open, Op::Write, Op::Rename] {
        let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
        let faulty = Faulty::over(disk.storage());
        let log = ledger.open(faulty.storage()).unwrap();
        (0..3).for_each(|_| ledger.append(&log).unwrap());
        faulty.fail(op, ENOSPC, 1);
        assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogFull, "{op:?}");
        (0..2).for_each(|_| ledger.append(&log).unwrap());
        faulty.set(Fault { op: None, at: 0, what: What::Die });
        drop(log);
        for crash in [Crash::Kill, Crash::LoseAll] {
            let ledger = Ledger::of(ledger.promises());
            ledger.check(&disk.crash(crash).storage(), &format!("{op:?}, {crash:?}"));
        }
    }
}

/// Nor does the end of a log: its journal is cut only once all its records are in tiles.
#[test]
fn an_end_that_finds_no_space_loses_nothing() {
    for op in [Op::CreateDirectory, Op::Open, Op::Write, Op::Rename] {
        let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
        let faulty = Faulty::over(disk.storage());
        let log = ledger.open(faulty.storage()).unwrap();
        (0..3).for_each(|_| ledger.append(&log).unwrap());
        faulty.fail(op, ENOSPC, u64::MAX);
        assert_eq!(log.close().unwrap_err().kind(), ErrorKind::LogFull, "{op:?}");
        drop(log);
        ledger.check(&disk.crash(Crash::LoseAll).storage(), &format!("{op:?}"));
    }
}

/// After a sync that failed, nothing of what was written may be relied on.
#[test]
fn a_log_whose_first_sync_fails_is_not_opened() {
    for op in [Op::Sync, Op::SyncDirectory] {
        let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
        let faulty = Faulty::over(disk.storage());
        faulty.fail(op, EIO, 1);
        assert!(ledger.open(faulty.storage()).is_err(), "{op:?}");
        ledger.check(&disk.storage(), "opened again");
    }
}
