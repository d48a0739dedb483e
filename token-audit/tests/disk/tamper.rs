//! Somebody edits the files of a closed log: one bit, one length, one file at a time.

use std::collections::BTreeMap;

use token_audit::{__test::verify_on, Checkpoint, Finding};

use crate::{
    disks::Volatile,
    support::{Ledger, Promises, key, on_two_threads},
};

/// 200 records, in the life of which there were several checkpoints.
fn closed() -> (Volatile, Checkpoint) {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let log = ledger.open(disk.storage()).unwrap();
    for number in 0..197 {
        ledger.append(&log).unwrap();
        if number % 60 == 59 {
            log.checkpoint().unwrap();
        }
    }
    log.close().unwrap();
    let newest = ledger.promises().newest.unwrap();
    assert_eq!(newest.size(), 200);
    (disk, newest)
}

/// What a verification says; nothing if it cannot even begin.
fn findings(disk: &Volatile, pinned: &Checkpoint) -> Option<Vec<Finding>> {
    let found = verify_on(disk.storage(), key().verifying_key(), std::slice::from_ref(pinned));
    found.ok().map(|found| found.findings)
}

/// Which record each byte of a bundle belongs to; none for a length.
fn record_at(bundle: &[u8]) -> Vec<Option<u64>> {
    let (mut owners, mut index) = (Vec::new(), 0);
    while owners.len() < bundle.len() {
        let at = owners.len();
        let length = usize::from(u16::from_be_bytes([bundle[at], bundle[at + 1]]));
        owners.extend([None; 2]);
        owners.extend(vec![Some(index); length]);
        index += 1;
    }
    owners
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    let (disk, newest) = closed();
    assert_eq!(findings(&disk, &newest), Some(Vec::new()));
    let files = disk.files();
    let owners = record_at(&files["tile/entries/000.p/200"]);
    assert_eq!(owners.last(), Some(&Some(199)));
    let is_small = |path: &str| path == "checkpoint" || path == "journal";
    let flips: Vec<(&String, usize, u8)> = files
        .iter()
        .flat_map(|(path, bytes)| (0..bytes.len()).map(move |at| (path, at)))
        .flat_map(|(path, at)| {
            let bits = if is_small(path) { 0..8 } else { at as u8 % 8..at as u8 % 8 + 1 };
            bits.map(move |bit| (path, at, bit))
        })
        .collect();
    on_two_threads(flips.chunks(500), |flips| {
        let disk = disk.crash(crate::disks::Crash::Kill);
        for (path, at, bit) in flips {
            let mut bytes = files[*path].clone();
            bytes[*at] ^= 1 << bit;
            disk.put(path, bytes);
            let found = findings(&disk, &newest);
            disk.put(path, files[*path].clone());
            assert_ne!(found, Some(Vec::new()), "{path}, byte {at}, bit {bit}");
            if let (true, Some(index)) =
                (path.contains("entries"), owners.get(*at).copied().flatten())
            {
                assert_eq!(found, Some(vec![Finding::Edited { index }]), "byte {at}, bit {bit}");
            }
        }
    });
    println!("{} flipped bits", flips.len());
}

#[test]
fn every_cut_and_every_missing_file_is_found() {
    let (disk, newest) = closed();
    let files: BTreeMap<String, Vec<u8>> = disk.files();
    let cuts: Vec<(&String, usize)> = files
        .iter()
        .flat_map(|(path, bytes)| (0..bytes.len()).map(move |cut| (path, cut)))
        .collect();
    on_two_threads(cuts.chunks(500), |cuts| {
        let disk = disk.crash(crate::disks::Crash::Kill);
        for (path, cut) in cuts {
            disk.put(path, files[*path][..*cut].to_vec());
            assert_ne!(findings(&disk, &newest), Some(Vec::new()), "{path} cut at {cut}");
            disk.put(path, files[*path].clone());
        }
    });
    // The file of the lock says nothing; a writer makes another one.
    for path in files.keys().filter(|path| *path != "lock") {
        let disk = disk.crash(crate::disks::Crash::Kill);
        disk.storage().remove(path).unwrap();
        assert_ne!(findings(&disk, &newest), Some(Vec::new()), "{path} is missing");
    }
    println!("{} cuts, {} missing files", cuts.len(), files.len());
}
