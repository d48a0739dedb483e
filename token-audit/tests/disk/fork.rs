//! An older copy, another key, another history.

use token_audit::{
    __test::{open_on, verify_on},
    ErrorKind, Finding,
};

use crate::{
    disks::{Crash, Volatile},
    support::{Ledger, Promises, event, key, open, options, other_key},
};

fn log_of(records: u64) -> (Volatile, std::sync::Arc<Ledger>) {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let log = ledger.open(disk.storage()).unwrap();
    (0..records).for_each(|_| ledger.append(&log).unwrap());
    log.close().unwrap();
    (disk, ledger)
}

#[test]
fn an_older_copy_is_not_opened() {
    let (disk, ledger) = log_of(300);
    let copy = disk.crash(Crash::Kill);
    let log = ledger.open(disk.storage()).unwrap();
    (0..5).for_each(|_| ledger.append(&log).unwrap());
    log.close().unwrap();
    let before = copy.files();
    assert_eq!(ledger.open(copy.storage()).unwrap_err().kind(), ErrorKind::LogForked);
    assert!(before == copy.files());
    let newest = ledger.promises().newest.unwrap();
    let found =
        verify_on(copy.storage(), key().verifying_key(), std::slice::from_ref(&newest)).unwrap();
    assert_eq!(found.findings, [Finding::RolledBack { lost: 300..newest.size() }]);
    // And an empty directory is no log that begins with it either.
    let nothing = Volatile::default();
    assert_eq!(ledger.open(nothing.storage()).unwrap_err().kind(), ErrorKind::LogForked);
    assert!(nothing.files().is_empty());
}

/// The writer is at work when the copy is put back, every file at its place.
#[test]
fn an_older_copy_is_noticed_by_the_writer() {
    let (disk, ledger) = log_of(10);
    let older = disk.files();
    let log = ledger.open(disk.storage()).unwrap();
    (0..5).for_each(|_| ledger.append(&log).unwrap());
    log.checkpoint().unwrap();
    for (path, bytes) in older.iter().filter(|(path, _)| *path == "checkpoint") {
        disk.put(path, bytes.clone());
    }
    let outcome = ledger.append(&log).and_then(|()| log.checkpoint());
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::LogDamaged);
}

#[test]
fn another_key_does_not_go_on_with_the_log() {
    let (disk, _) = log_of(3);
    let before = disk.files();
    let error = open_on(disk.storage(), other_key(), options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSignature);
    assert!(before == disk.files());
}

/// Whoever has the key can sign another history, but not one that goes through a pinned checkpoint.
#[test]
fn a_history_that_the_keys_holder_rewrote_is_found() {
    let (_, ledger) = log_of(300);
    let pinned = ledger.promises().newest.unwrap();
    let rewritten = Volatile::default();
    let log = open(rewritten.storage()).unwrap();
    for number in 0..310 {
        log.append(event(number + 1000)).unwrap();
    }
    log.close().unwrap();
    let error = ledger.open(rewritten.storage()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LogForked);
    let found = verify_on(rewritten.storage(), key().verifying_key(), &[pinned]).unwrap();
    assert_eq!(found.findings, [Finding::Rewritten { within: 0..300 }]);
}
