//! Files that somebody removed, replaced, moved or left in a log's directory, without a look at their content.

use token_audit::ErrorKind;

use crate::{
    disks::{Crash, Fault, Faulty, Volatile, What},
    journals::{HEADER, frames},
    support::{Ledger, Promises, open},
};

/// A killed log with two sealed records, and then one frame for each of three records.
fn killed() -> Volatile {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    (0..2).for_each(|_| ledger.append(&log).unwrap());
    log.checkpoint().unwrap();
    (0..3).for_each(|_| ledger.append(&log).unwrap());
    faulty.set(Fault { op: None, at: 0, what: What::Die });
    drop(log);
    disk.crash(Crash::Kill)
}

fn is_refused_unchanged(disk: &Volatile) {
    let before = disk.files();
    assert_eq!(open(disk.storage()).unwrap_err().kind(), ErrorKind::LogDamaged);
    let mut after = disk.files();
    after.retain(|name, _| before.contains_key(name));
    assert!(before == after, "the files were changed");
}

/// The bytes before it are no frame, so what was acknowledged would be dropped with it.
#[test]
fn a_frame_that_was_moved_is_damage() {
    let disk = killed();
    let journal = disk.files()["journal"].clone();
    let lens: Vec<usize> = frames(&journal).iter().map(|frame| frame.bytes().len()).collect();
    for before in 0..3 {
        let at = HEADER.len() + lens[..before].iter().sum::<usize>();
        let (disk, mut journal) = (disk.crash(Crash::Kill), journal.clone());
        journal.insert(at, 0);
        disk.put("journal", journal);
        is_refused_unchanged(&disk);
    }
}

/// A new log in its place would overwrite the records that are left.
#[test]
fn a_log_without_its_checkpoint_is_no_new_log() {
    for journal in [true, false] {
        let disk = killed();
        disk.storage().remove("checkpoint").unwrap();
        if !journal {
            disk.put("journal", HEADER.to_vec());
        }
        is_refused_unchanged(&disk);
    }
    // One that never had a sealed record has no tile.
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    ledger.append(&log).unwrap();
    faulty.set(Fault { op: None, at: 0, what: What::Die });
    drop(log);
    let disk = disk.crash(Crash::Kill);
    disk.storage().remove("checkpoint").unwrap();
    is_refused_unchanged(&disk);
}

/// Its lock is gone with it, so another writer may be at work.
#[test]
fn nothing_is_signed_once_the_journal_was_replaced() {
    for is_replaced in [true, false] {
        let disk = Volatile::default();
        let ledger = Ledger::of(Promises::default());
        let log = ledger.open(disk.storage()).unwrap();
        ledger.append(&log).unwrap();
        let before = disk.files()["checkpoint"].clone();
        disk.storage().remove("journal").unwrap();
        if is_replaced {
            drop(disk.storage().open("journal", true).unwrap());
        }
        assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogDamaged);
        assert!(log.close().is_err());
        assert!(disk.files()["checkpoint"] == before, "a checkpoint was signed");
    }
}

/// Longer ones than the log's own: a crash may leave tiles whose records were dropped with the journal.
#[test]
fn files_that_were_left_in_the_place_of_tiles_leave_nothing_behind() {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let log = ledger.open(disk.storage()).unwrap();
    ledger.append(&log).unwrap();
    for directory in ["tile", "tile/entries", "tile/entries/000.p", "tile/0", "tile/0/000.p"] {
        disk.storage().create_directory(directory).unwrap();
    }
    for tile in ["tile/entries/000.p/1", "tile/0/000.p/1"] {
        disk.storage().open(tile, true).unwrap().write_at(0, &[b'x'; 4000]).unwrap();
    }
    log.close().unwrap();
    ledger.check_closed(&disk.storage(), "after the end");
}
