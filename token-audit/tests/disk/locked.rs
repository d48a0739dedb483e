//! Who may hold a log's lock: whoever may write the log, and nobody else.

use std::{fs, fs::File, os::unix::fs::PermissionsExt};

use token_audit::{__test::directory, ErrorKind};

use crate::{
    child_process::{Scratch, Writing},
    support::{Ledger, Promises, open},
};

/// Every file that somebody of the log's group may open, locked as he can: all of them, for as long as he likes.
fn held_by_a_reader(path: &std::path::Path) -> Vec<File> {
    let mut held = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_file() && metadata.permissions().mode() & 0o044 != 0 {
            let file = File::open(entry.path()).unwrap();
            assert!(file.try_lock().is_ok(), "{}", entry.path().display());
            held.push(file);
        }
    }
    held
}

#[test]
fn who_may_only_read_a_log_cannot_keep_its_writer_out() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let path = scratch.log();
    ledger.open(directory(&path)).unwrap().close().unwrap();
    let held = held_by_a_reader(&path);
    assert!(held.len() >= 2, "the checkpoint and the journal");
    let log = ledger.open(directory(&path)).unwrap();
    ledger.append(&log).unwrap();
    assert_eq!(open(directory(&path)).unwrap_err().kind(), ErrorKind::LogLocked);
    log.close().unwrap();
    drop(held);
    ledger.check(&directory(&path), "afterwards");
}

#[test]
fn the_file_of_the_lock_is_its_owners_alone() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let path = scratch.log();
    let mode = || fs::metadata(path.join("lock")).unwrap().permissions().mode() & 0o777;
    ledger.open(directory(&path)).unwrap().close().unwrap();
    assert_eq!(mode(), 0o600);
    // A backup that was put back with other permissions.
    fs::set_permissions(path.join("lock"), fs::Permissions::from_mode(0o664)).unwrap();
    ledger.open(directory(&path)).unwrap().close().unwrap();
    assert_eq!(mode(), 0o600);
}

/// Somebody takes the file for one that a crash left behind.
#[test]
fn a_lock_file_that_is_removed_lets_no_second_writer_in() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let path = scratch.log();
    let mut child = Writing::start("run", &path, None, &ledger);
    child.listen("open", &ledger).unwrap();
    for _ in 0..3 {
        fs::remove_file(path.join("lock")).unwrap();
        assert_eq!(open(directory(&path)).unwrap_err().kind(), ErrorKind::LogLocked);
        fs::remove_file(path.join("lock")).unwrap();
        assert_eq!(open(directory(&path)).unwrap_err().kind(), ErrorKind::LogLocked);
    }
    child.kill(&ledger);
    fs::remove_file(path.join("lock")).unwrap();
    ledger.check(&directory(&path), "alone again");
}
