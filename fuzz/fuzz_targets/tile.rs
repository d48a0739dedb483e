//! The files of a log: whatever they contain, only records under the signed root are returned.
#![no_main]

use std::sync::{Arc, LazyLock};

use fuzz::memory::{Files, Hands, Memory, append, key, open};
use libfuzzer_sys::fuzz_target;
use token_audit::{
    __test::{Storage, Tree, read_on, sign, verify_on},
    Checkpoint, Reader, Record, SigningKey, VerifyingKey,
};

/// Real logs of several sizes, and the true entries and checkpoints.
struct Truth {
    key: SigningKey,
    logs: Vec<Files>,
    entries: Vec<Vec<u8>>,
    /// The checkpoints, by the size of the log.
    checkpoints: Vec<Checkpoint>,
}

const SIZES: [u64; 7] = [0, 1, 3, 255, 256, 257, 300];

static TRUTH: LazyLock<Truth> = LazyLock::new(|| {
    let logs: Vec<Files> = SIZES.map(log).into();
    let reader = read_on(Arc::new(Memory::of(&logs[6])), key().verifying_key()).unwrap();
    let entries: Vec<_> = (0..300)
        .map(|index| reader.prove(index).unwrap().verify(key().verifying_key()).unwrap().to_vec())
        .collect();
    let mut tree = Tree::default();
    entries.iter().for_each(|entry| tree.push(entry));
    let key = key();
    let root = |size| tree.root_at(size).unwrap();
    let checkpoints = (0..=300).map(|size| sign(&key, size, &root(size)).unwrap()).collect();
    Truth { key, logs, entries, checkpoints }
});

fn log(size: u64) -> Files {
    let memory = Memory::default();
    let log = open(&memory).unwrap();
    append(&log, size);
    log.close().unwrap();
    memory.files()
}

fuzz_target!(|input: &[u8]| {
    let mut hands = Hands(input);
    let _ = attack(&mut hands);
});

fn attack(hands: &mut Hands<'_>) -> Option<()> {
    let truth = &*TRUTH;
    let mut files = truth.logs[usize::from(hands.byte()?) % SIZES.len()].clone();
    let checkpoint = hands.number()?;
    if let Some(other) = truth.checkpoints.get(checkpoint) {
        files.insert("checkpoint".into(), other.as_str().into());
    } else if checkpoint & 1 == 1 {
        // The key's holder may sign anything. The size is limited so that reading ends in time.
        let (size, root) = (hands.number()? as u64, hands.byte()?);
        let checkpoint = sign(&truth.key, size, &[root; 32]).unwrap();
        files.insert("checkpoint".into(), checkpoint.as_str().into());
    }
    while change(hands, &mut files).is_some() {}
    check(&files, truth);
    Some(())
}

fn change(hands: &mut Hands<'_>, files: &mut Files) -> Option<()> {
    let names: Vec<String> = files.keys().filter(|name| *name != "checkpoint").cloned().collect();
    let pick = |byte: u8| names.get(usize::from(byte) % names.len().max(1));
    let (name, other) = (pick(hands.byte()?)?, pick(hands.byte()?)?);
    let other = files.get(other)?.clone();
    if hands.byte()? == 0 {
        files.remove(name);
        return Some(());
    }
    hands.change(files.get_mut(name)?, &other)
}

fn check(files: &Files, truth: &Truth) {
    let verifying = truth.key.verifying_key();
    let memory = Arc::new(Memory::of(files));
    let pinned = &truth.checkpoints[100..102];
    if let Ok(verification) = verify_on(memory.clone(), verifying, pinned) {
        let (checkpoint, is_intact) = (verification.checkpoint.size(), verification.is_intact());
        assert!(
            !is_intact || states(&verification.checkpoint, &truth.checkpoints[checkpoint as usize])
        );
    }
    if let Ok(mut reader) = read_on(memory.clone(), verifying) {
        read(&reader, truth);
        // The writer appends, so that the reader can refresh.
        let newer = &truth.logs[6];
        newer.iter().for_each(|(path, data)| put(&*memory, path, data));
        if reader.refresh().is_ok() {
            read(&reader, truth);
        }
    }
    write(files, truth, verifying);
}

/// Whether both checkpoints state the same records. A log's own checkpoint also names the session that signed it.
fn states(one: &Checkpoint, other: &Checkpoint) -> bool {
    (one.size(), one.root()) == (other.size(), other.root())
}

fn put(storage: &dyn Storage, path: &str, data: &[u8]) {
    let mut file = storage.open(path, true).unwrap();
    file.set_len(0).unwrap();
    file.write_at(0, data).unwrap();
}

/// Checks that all records and proofs that the reader returns are true.
fn read(reader: &Reader, truth: &Truth) {
    for (record, entry) in reader.records().map_while(Result::ok).zip(&truth.entries) {
        assert_eq!(record, Record::parse(entry).unwrap());
    }
    let _ = reader.unsealed();
    let size = reader.checkpoint().size();
    for index in [0, 256, size.saturating_sub(1), size] {
        let record = reader.record(index);
        if let Ok(proof) = reader.prove(index) {
            let proven = proof.verify(truth.key.verifying_key()).unwrap();
            assert_eq!(proven, truth.entries[index as usize]);
            assert_eq!(record.unwrap(), Record::parse(proven).unwrap());
        }
    }
    for old in [0, 100, 256] {
        let old = &truth.checkpoints[old];
        if let Ok(proof) = reader.prove_since(old) {
            let newer = proof.verify(old, truth.key.verifying_key()).unwrap();
            assert!(states(&newer, &truth.checkpoints[newer.size() as usize]));
        }
    }
}

/// Checks that a writer either refuses the files or appends to the true log.
fn write(files: &Files, truth: &Truth, verifying: &VerifyingKey) {
    let memory = Memory::of(files);
    let Ok(log) = open(&memory) else { return };
    append(&log, 2);
    let Ok(last) = log.close() else { return };
    let reader = read_on(Arc::new(memory), verifying).unwrap();
    assert_eq!(reader.checkpoint(), &last);
    read_prefix(&reader, truth, last.size() - 2);
}

fn read_prefix(reader: &Reader, truth: &Truth, size: u64) {
    for (record, entry) in
        reader.records().take(size as usize).map_while(Result::ok).zip(&truth.entries)
    {
        assert_eq!(record, Record::parse(entry).unwrap());
    }
}
