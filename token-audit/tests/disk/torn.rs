//! The end of a journal may be torn by a crash; nothing before it may.

use token_audit::ErrorKind;
use token_core::TokenId;

use crate::{
    disks::{Crash, Fault, Faulty, Op, Volatile, What},
    support::{Ledger, Promises, on_two_threads, open, records},
};

/// A killed log with a checkpoint over three records, a fourth that announces it, and four frames in
/// its journal. Killed at a checkpoint, it also has tiles that nothing needs.
fn killed(in_checkpoint: bool) -> (Volatile, Promises) {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let faulty = Faulty::over(disk.storage());
    let log = ledger.open(faulty.storage()).unwrap();
    (0..3).for_each(|_| ledger.append(&log).unwrap());
    log.checkpoint().unwrap();
    (0..4).for_each(|_| ledger.append(&log).unwrap());
    let op = in_checkpoint.then_some(Op::Rename);
    faulty.set(Fault { op, at: 0, what: What::Die });
    drop(log);
    (disk.crash(Crash::Kill), ledger.promises())
}

/// Where the journal's newest frames begin, and the end of the last.
fn frames(journal: &[u8]) -> Vec<usize> {
    let mut ends = vec![16];
    for _ in 0..4 {
        let at = *ends.last().unwrap();
        assert_eq!(journal[at..at + 4], [0xff, 0x00, 0xa5, 0x01]);
        let length = u32::from_be_bytes(journal[at + 8..at + 12].try_into().unwrap());
        ends.push(at + 36 + length as usize);
    }
    ends
}

/// The log as it is after somebody opened it with this journal.
fn opened_with(
    disk: &Volatile,
    journal: Vec<u8>,
) -> Result<Vec<Option<TokenId>>, token_audit::Error> {
    let disk = disk.crash(Crash::Kill);
    disk.put("journal", journal);
    open(disk.storage())?.close()?;
    Ok(records(&disk.storage()).into_iter().map(|record| record.event.token).collect())
}

/// Records 0 to 2 are sealed; then the checkpoint's own record comes with the first frame.
fn expected(promises: &Promises, frames: usize) -> Vec<Option<TokenId>> {
    let records = if frames == 0 { 3 } else { 4 + frames as u64 };
    (0..records).map(|index| promises.acked.get(&index).copied()).collect()
}

#[test]
fn a_journal_that_is_cut_keeps_every_whole_frame() {
    let (disk, promises) = killed(false);
    let journal = disk.files()["journal"].clone();
    let ends = frames(&journal);
    on_two_threads(0..=ends[4], |cut| {
        let found = opened_with(&disk, journal[..cut].to_vec());
        if cut < 16 {
            assert_eq!(found.unwrap_err().kind(), ErrorKind::LogDamaged, "cut at {cut}");
        } else {
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(found.unwrap(), expected(&promises, whole), "cut at {cut}");
        }
    });
    println!("{} cuts of a journal", ends[4] + 1);
}

#[test]
fn a_broken_last_frame_is_dropped() {
    let (disk, promises) = killed(false);
    let journal = disk.files()["journal"].clone();
    let ends = frames(&journal);
    on_two_threads(ends[3]..ends[4], |at| {
        let mut journal = journal.clone();
        journal[at] ^= 1 << (at % 8);
        assert_eq!(opened_with(&disk, journal).unwrap(), expected(&promises, 3), "byte {at}");
    });
}

#[test]
fn a_broken_earlier_frame_is_damage_and_nothing_is_changed() {
    for in_checkpoint in [false, true] {
        let (disk, _) = killed(in_checkpoint);
        let journal = disk.files()["journal"].clone();
        let ends = frames(&journal);
        on_two_threads(ends[0]..ends[3], |at| {
            let (disk, mut journal) = (disk.crash(Crash::Kill), journal.clone());
            journal[at] ^= 1 << (at % 8);
            disk.put("journal", journal);
            let before = disk.files();
            let error = open(disk.storage()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LogDamaged, "byte {at}");
            // The first frame has two records.
            let frame = ends.iter().filter(|end| **end <= at).count() as u64 - 1;
            let index = if frame == 0 { 3 } else { 4 + frame };
            assert!(error.to_string().contains(&format!("at record {index}:")), "{at}: {error}");
            assert!(before == disk.files(), "byte {at}: {error}, and the files were changed");
        });
    }
}
