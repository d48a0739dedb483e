//! A log, and what somebody may do to its files.

use std::sync::LazyLock;

use token_audit::{
    __test::{sign, verify_on},
    Checkpoint, Finding, Verification,
};

use crate::{
    layout::spec::{self, Hash, bundle_of, bundle_path, hash_tiles, leaf, mth},
    log::sample::{Files, Memory, append, key, options, verifying},
};

/// A log of 700 records and all of its checkpoints. Behind each but the last stands the record that states it.
pub struct Fixture {
    pub files: Files,
    pub entries: Vec<Vec<u8>>,
    pub pins: Vec<Checkpoint>,
}

pub const SIZE: usize = 700;

pub static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let memory = Memory::default();
    let log = memory.open_log(options());
    let mut pins = Vec::new();
    for size in [50, 200, 256, 300, 512, 600, 700] {
        let now = pins.last().map_or(0, Checkpoint::size);
        append(&log, size - now - u64::from(now > 0));
        pins.push(log.checkpoint().unwrap());
        assert_eq!(pins.last().unwrap().size(), size);
    }
    log.close().unwrap();
    let files = memory.files();
    Fixture { entries: spec::entries(&files, SIZE), files, pins }
});

impl Fixture {
    pub fn pin(&self, size: u64) -> Checkpoint {
        self.pins.iter().find(|pin| pin.size() == size).unwrap().clone()
    }
}

/// How much of the files an attacker without the key brings in line with the changed records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Bundles,
    Leaves,
    Tiles,
}

/// The files with other entries, under the old checkpoint. The names are as the checkpoint wants them.
pub fn rewritten(entries: &[Vec<u8>], depth: Depth) -> Files {
    let mut files = FIXTURE.files.clone();
    for (index, width) in [(0, 256), (1, 256), (2, SIZE - 512)] {
        let rest = entries.get(index * 256..).unwrap_or_default();
        let end = if index == 2 { rest.len() } else { rest.len().min(256) };
        files.insert(bundle_path(index, width), bundle_of(&rest[..end]));
    }
    if depth == Depth::Bundles {
        return files;
    }
    let mut leaves: Vec<Hash> = entries.iter().map(|entry| leaf(entry)).collect();
    leaves.resize(SIZE, [0; 32]);
    for (path, data) in hash_tiles(&leaves) {
        if depth == Depth::Tiles || path.starts_with("tile/0/") {
            files.insert(path, data);
        }
    }
    files
}

/// All files of a log of these entries, signed.
pub fn signed(entries: &[Vec<u8>]) -> Files {
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf(entry)).collect();
    let mut files = hash_tiles(&leaves);
    files.extend(spec::bundles(entries));
    files.insert("journal".into(), b"token-journal/1\n".into());
    let checkpoint = sign(&key(), entries.len() as u64, &mth(&leaves)).unwrap();
    files.insert("checkpoint".into(), checkpoint.as_str().into());
    files
}

pub fn verify(files: &Files, pins: &[Checkpoint]) -> Verification {
    verify_on(Memory::of(files).storage(), &verifying(), pins).unwrap()
}

pub fn findings(files: &Files) -> Vec<Finding> {
    verify(files, &[]).findings
}

/// What is found when only the bundles were changed.
pub fn found(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<Finding> {
    found_at(Depth::Bundles, change)
}

pub fn found_at(depth: Depth, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<Finding> {
    let mut entries = FIXTURE.entries.clone();
    change(&mut entries);
    findings(&rewritten(&entries, depth))
}

/// The record with another reason for it, and the same index.
pub fn edited(entry: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(entry).unwrap();
    let end = text.len() - 1;
    format!("{},\"reason\":\"nothing to see here\"}}", &text[..end]).into_bytes()
}

/// The record as if it had another index.
pub fn restated(entry: &[u8], index: usize) -> Vec<u8> {
    let text = str::from_utf8(entry).unwrap();
    let rest = text
        .strip_prefix("{\"v\":1,\"index\":")
        .unwrap()
        .trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{{\"v\":1,\"index\":{index}{rest}").into_bytes()
}

pub fn restate_all(entries: &mut [Vec<u8>]) {
    entries.iter_mut().enumerate().for_each(|(index, entry)| *entry = restated(entry, index));
}
