//! A frame of the journal fits in one place of one log, in one session: whoever may write the files, and has not the key,
//! puts back frames that the log itself wrote at another time, or that another log with the same key wrote.

use std::sync::Arc;

use token_audit::{
    __test::{frame_code, sign, verify_on},
    Checkpoint, ErrorKind, Finding, LogOptions,
};
use token_core::TokenId;

use crate::{
    disks::{Crash, Fault, Faulty, Volatile, What},
    journals::{Frame, HEADER, frames, journal},
    support::{Ledger, Promises, key, open, open_with, options, other_key, records},
};

/// Opens the log, appends, and is killed.
fn killed_after(disk: &Volatile, ledger: &Arc<Ledger>, appends: u64) -> Volatile {
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    (0..appends).for_each(|_| ledger.append(&log).unwrap());
    faulty.set(Fault { op: None, at: 0, what: What::Die });
    drop(log);
    disk.crash(Crash::Kill)
}

/// The ledger of a log of which somebody dropped the records that no checkpoint covered.
fn without_the_unsealed(ledger: &Ledger) -> Arc<Ledger> {
    let mut promises = ledger.promises();
    promises.acked.retain(|index, _| *index < 3);
    Ledger::of(promises)
}

fn journal_of(disk: &Volatile) -> Vec<u8> {
    disk.files()["journal"].clone()
}

fn with_journal(disk: &Volatile, journal: Vec<u8>) -> Volatile {
    let disk = disk.crash(Crash::Kill);
    disk.put("journal", journal);
    disk
}

/// The log is not opened, and stays as it is.
#[track_caller]
fn is_refused(disk: &Volatile) {
    let before = disk.files();
    let error = open(disk.storage()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LogDamaged, "{error}");
    assert!(error.to_string().contains("another session or another log"), "{error}");
    assert!(before == disk.files(), "the files were changed");
}

fn tokens(disk: &Volatile) -> Vec<Option<TokenId>> {
    records(&disk.storage()).into_iter().map(|record| record.event.token).collect()
}

/// Three records under a checkpoint, and the ledger that knows them.
fn sealed() -> (Volatile, Arc<Ledger>) {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let log = ledger.open(disk.storage()).unwrap();
    (0..3).for_each(|_| ledger.append(&log).unwrap());
    log.close().unwrap();
    (disk, ledger)
}

#[test]
fn a_frame_of_an_earlier_session_is_refused() {
    for (first, second) in [(2, 2), (1, 5), (5, 1), (3, 0)] {
        let (disk, ledger) = sealed();
        let before = killed_after(&disk, &ledger, first);
        // He keeps these frames, drops the records, and waits for others in their place.
        let dropped = with_journal(&before, journal(&[]));
        let ledger = without_the_unsealed(&ledger);
        let after = killed_after(&dropped, &ledger, second);
        is_refused(&with_journal(&after, journal_of(&before)));
        // What the second session left is still what it was.
        ledger.check(&after.storage(), "the second session");
    }
}

/// Also one frame of it alone, in the place of the frame with the same index.
#[test]
fn one_frame_of_an_earlier_session_is_refused() {
    let (disk, ledger) = sealed();
    let before = killed_after(&disk, &ledger, 3);
    let dropped = with_journal(&before, journal(&[]));
    let ledger = without_the_unsealed(&ledger);
    let after = killed_after(&dropped, &ledger, 3);
    let (old, new) = (frames(&journal_of(&before)), frames(&journal_of(&after)));
    assert_eq!(old.iter().map(|frame| frame.index).collect::<Vec<_>>(), [3, 4, 5]);
    for place in 0..3 {
        let mut mixed = new.clone();
        mixed[place] = old[place].clone();
        is_refused(&with_journal(&after, journal(&mixed)));
        mixed.truncate(place + 1);
        is_refused(&with_journal(&after, journal(&mixed)));
    }
}

#[test]
fn a_frame_of_another_log_with_the_same_key_is_refused() {
    for records in [0, 1, 300] {
        let replicas = [(); 2].map(|()| {
            let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
            let log = ledger.open(disk.storage()).unwrap();
            (0..records).for_each(|_| ledger.append(&log).unwrap());
            log.close().unwrap();
            killed_after(&disk, &ledger, 2)
        });
        let [one, other] = &replicas;
        is_refused(&with_journal(one, journal_of(other)));
        is_refused(&with_journal(other, journal_of(one)));
    }
}

/// All else that the code covers stands in the files, for everybody to read.
#[test]
fn a_frame_with_the_code_of_another_key_is_refused() {
    let (disk, ledger) = sealed();
    let left = killed_after(&disk, &ledger, 1);
    let text = left.files()["checkpoint"].clone();
    let checkpoint = Checkpoint::parse(text, key().verifying_key()).unwrap();
    let written = frames(&journal_of(&left));
    let code = |key| frame_code(&key, &checkpoint, written[0].index, &written[0].entries);
    assert_eq!(code(key()), written[0].code);
    let forged = Frame { code: code(other_key()), ..written[0].clone() };
    assert_ne!(forged, written[0]);
    is_refused(&with_journal(&left, journal(&[forged])));
}

/// Within one session: the frame has the key's code, and is not where it was written.
#[test]
fn a_frame_at_another_place_is_refused() {
    let (disk, ledger) = sealed();
    let left = killed_after(&disk, &ledger, 3);
    let written = frames(&journal_of(&left));
    let at = |index: u64, frame: &Frame| Frame { index, ..frame.clone() };
    let [first, second, third] = &written[..] else { panic!("{} frames", written.len()) };
    for others in [
        vec![at(3, second)],
        vec![first.clone(), at(4, third)],
        vec![at(3, second), at(4, first), third.clone()],
        vec![first.clone(), at(4, first), third.clone()],
        vec![second.clone(), third.clone()],
        vec![Frame { entries: Vec::new(), ..first.clone() }, first.clone()],
    ] {
        is_refused(&with_journal(&left, journal(&others)));
    }
}

/// The record is whole and has its index, and the checksum is right; only the code shows it.
#[test]
fn a_record_that_was_edited_in_a_frame_is_refused() {
    let (disk, ledger) = sealed();
    let left = killed_after(&disk, &ledger, 3);
    let written = frames(&journal_of(&left));
    for place in 0..written.len() {
        let mut edited = written.clone();
        let entries = &mut edited[place].entries;
        let kind = entries.windows(4).position(|part| part == b"\"ci\"").unwrap();
        entries[kind + 2] = b'x';
        is_refused(&with_journal(&left, journal(&edited)));
    }
}

/// What can be done is what SECURITY.md says: drop records that no checkpoint covers, from the last one back.
#[test]
fn the_last_frames_can_be_dropped_and_nothing_else() {
    let (disk, ledger) = sealed();
    let left = killed_after(&disk, &ledger, 3);
    let (all, written) = (tokens(&left), frames(&journal_of(&left)));
    for kept in 0..=3 {
        let disk = with_journal(&left, journal(&written[..kept]));
        open(disk.storage()).unwrap().close().unwrap();
        assert_eq!(tokens(&disk)[..3 + kept], all[..3 + kept]);
    }
}

/// Frames that a checkpoint covers by now do no harm, and are what a crash leaves.
#[test]
fn frames_that_were_sealed_are_compared_with_the_tree() {
    let (disk, ledger) = sealed();
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    (0..3).for_each(|_| ledger.append(&log).unwrap());
    let kept = journal_of(&disk);
    log.close().unwrap();
    let all = tokens(&disk);
    let replayed = with_journal(&disk, kept.clone());
    open(replayed.storage()).unwrap().close().unwrap();
    assert_eq!(tokens(&replayed), all);
    let mut changed = frames(&kept);
    let byte = changed[1].entries.last_mut().unwrap();
    *byte ^= 1;
    let error = open(with_journal(&disk, journal(&changed)).storage()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LogDamaged);
}

/// Every file of the earlier session is put back. The log has not grown since, and yet a newer checkpoint shows it.
#[test]
fn an_older_copy_of_the_same_size_is_found() {
    let (disk, ledger) = sealed();
    let before = killed_after(&disk, &ledger, 2);
    let dropped = with_journal(&before, journal(&[]));
    let ledger = without_the_unsealed(&ledger);
    killed_after(&dropped, &ledger, 2);
    let newest = ledger.promises().newest.unwrap();
    assert_eq!(newest.size(), 3);
    assert_eq!(ledger.open(before.storage()).unwrap_err().kind(), ErrorKind::LogForked);
    let pinned = std::slice::from_ref(&newest);
    let found = verify_on(before.storage(), key().verifying_key(), pinned).unwrap();
    assert_eq!(found.findings, [Finding::RolledBack { lost: 3..3 }]);
    assert!(found.findings[0].to_string().contains("a writer has opened it since"));
}

#[test]
fn a_key_is_for_one_log() {
    let pinned_by = |pinned: &Checkpoint| -> LogOptions { options().pinned(pinned.clone()) };
    let (disk, _) = sealed();
    let (_, other) = sealed();
    let theirs = other.promises().newest.unwrap();
    let error = open_with(disk.storage(), pinned_by(&theirs)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LogForked);
    assert!(error.to_string().contains("a key is for one log alone"), "{error}");
}

/// Two writers opened copies of the same state. The one's checkpoint shows it to the other.
#[test]
fn a_copy_that_another_writer_opened_is_found() {
    let (disk, ledger) = sealed();
    let copy = disk.crash(Crash::Kill);
    let theirs = Ledger::of(ledger.promises());
    killed_after(&copy, &theirs, 0);
    killed_after(&disk, &ledger, 0);
    let error = open_with(disk.storage(), options().pinned(theirs.promises().newest.unwrap()));
    assert!(error.unwrap_err().to_string().contains("another writer"));
}

/// The mark is on the disk before an opening answers, whatever the power failure loses.
#[test]
fn the_mark_of_a_session_is_durable_before_its_first_frame() {
    let session = |disk: &Volatile| -> String {
        let text = String::from_utf8(disk.files()["checkpoint"].clone()).unwrap();
        text.lines().find(|line| line.starts_with("session ")).unwrap().to_owned()
    };
    let (disk, ledger) = sealed();
    let mut seen = vec![session(&disk)];
    for _ in 0..5 {
        let log = ledger.open(disk.storage()).unwrap();
        let crashed = disk.crash(Crash::LoseAll);
        assert_eq!(session(&crashed), session(&disk));
        assert!(!seen.contains(&session(&disk)), "{seen:?}");
        seen.push(session(&disk));
        drop(log);
    }
}

#[test]
fn a_journal_with_a_gap_is_a_finding() {
    let (disk, ledger) = sealed();
    let left = killed_after(&disk, &ledger, 3);
    let written = frames(&journal_of(&left));
    let mut broken = journal(&written);
    broken[HEADER.len() + 40] ^= 1;
    for journal in [broken, journal(&written[1..])] {
        let changed = with_journal(&left, journal);
        let found = verify_on(changed.storage(), key().verifying_key(), &[]).unwrap();
        assert_eq!(found.findings, [Finding::File { file: "journal".into() }]);
    }
}

/// As other programs sign them.
#[test]
fn a_pinned_checkpoint_that_names_no_session_is_compared_by_its_root() {
    let (disk, ledger) = sealed();
    let newest = ledger.promises().newest.unwrap();
    let opened_with = |root| {
        let pinned = sign(&key(), newest.size(), root).unwrap();
        open_with(disk.crash(Crash::Kill).storage(), options().pinned(pinned)).map(drop)
    };
    opened_with(newest.root()).unwrap();
    assert_eq!(opened_with(&[7; 32]).unwrap_err().kind(), ErrorKind::LogForked);
}
