//! The journal of a log: a writer refuses it or repairs it, and loses nothing that was under a checkpoint.
#![no_main]

use std::sync::{Arc, LazyLock};

use fuzz::memory::{Files, Hands, Memory, append, key, open};
use libfuzzer_sys::fuzz_target;
use token_audit::{
    __test::{frame_code, read_on, verify_on},
    Checkpoint, Reader, Record,
};

/// Logs as killed writers left them: each pair is the number of records under the checkpoint and after it.
static LOGS: LazyLock<Vec<(Files, Vec<Record>)>> = LazyLock::new(|| {
    [(0, 0), (0, 2), (3, 0), (3, 4), (255, 2), (256, 1)]
        .map(|(sealed, unsealed)| left(sealed, unsealed))
        .into()
});

fn left(sealed: u64, unsealed: u64) -> (Files, Vec<Record>) {
    let memory = Memory::default();
    let log = open(&memory).unwrap();
    append(&log, sealed);
    log.checkpoint().unwrap();
    for _ in 0..unsealed {
        let event = token_core::record::Event::new(token_core::record::Action::Created, "late");
        let _ = log.append(event).unwrap();
    }
    let mut files = memory.files();
    // Without the zeros at its end, so that the fuzzer's changes meet records.
    let journal = files.get_mut("journal").unwrap();
    journal.truncate(4096);
    let records = records(&reader(&files));
    (files, records)
}

fn reader(files: &Files) -> Reader {
    read_on(Arc::new(Memory::of(files)), key().verifying_key()).unwrap()
}

fn records(reader: &Reader) -> Vec<Record> {
    reader.records().map(Result::unwrap).collect()
}

fuzz_target!(|input: &[u8]| {
    let mut hands = Hands(input);
    let Some(base) = hands.byte() else { return };
    let (files, sealed) = &LOGS[usize::from(base) % LOGS.len()];
    let mut files = files.clone();
    let checkpoint = reader(&files).checkpoint().clone();
    let journal = files.get_mut("journal").unwrap();
    while change(&mut hands, journal, &checkpoint).is_some() {}
    check(&files, sealed);
});

fn change(hands: &mut Hands<'_>, journal: &mut Vec<u8>, after: &Checkpoint) -> Option<()> {
    match hands.byte()? % 4 {
        0 => journal.clear(),
        1 => journal.extend(b"token-journal/1\n"),
        2 => {
            let frame = frame(hands, after)?;
            let at = hands.number()?.min(journal.len());
            let end = (at + frame.len()).min(journal.len());
            journal.splice(at..end, frame);
        }
        _ => hands.change(journal, b"")?,
    }
    Some(())
}

/// A frame whose checksum is right, whatever else it says.
fn frame(hands: &mut Hands<'_>, after: &Checkpoint) -> Option<Vec<u8>> {
    let (index, mut entries) = (hands.number()? as u64, Vec::new());
    for number in 0..hands.byte()? % 4 {
        let entry = match hands.byte()? {
            0 => format!("{{\"v\":1,\"index\":{},\"time\":\"1970-01-01T00:00:00.000000Z\",\"event\":\"created\"}}", index + u64::from(number)).into_bytes(),
            _ => hands.bytes()?.to_vec(),
        };
        entries.extend((entry.len() as u16).to_be_bytes());
        entries.extend(entry);
    }
    // Half of the frames have the code that only the key's holder can make.
    let code = match hands.byte()? % 2 {
        0 => frame_code(&key(), after, index, &entries),
        _ => [hands.byte()?; 16],
    };
    let mut checked = (entries.len() as u32).to_be_bytes().to_vec();
    checked.extend(index.to_be_bytes());
    checked.extend(code);
    checked.extend(entries);
    let checksum = crc32fast::hash(&checked).to_be_bytes();
    Some([&[0xff, 0x00, 0xa5, 0x01], &checksum[..], &checked].concat())
}

fn check(files: &Files, sealed: &[Record]) {
    let before = reader(files);
    assert_eq!(records(&before), sealed, "a journal changes nothing of what is sealed");
    let unsealed = before.unsealed();
    let _ = verify_on(Arc::new(Memory::of(files)), key().verifying_key(), &[]).unwrap().unsealed;
    let memory = Memory::of(files);
    let Ok(log) = open(&memory) else { return };
    append(&log, 1);
    let last = log.close().unwrap();
    let after = read_on(Arc::new(memory), key().verifying_key()).unwrap();
    assert_eq!(after.checkpoint(), &last);
    assert!(after.prove_since(before.checkpoint()).is_ok());
    let first = sealed.len() as u64;
    for record in (0..first).map(|index| after.record(index).unwrap()).zip(sealed) {
        assert_eq!(&record.0, record.1);
    }
    // The unsealed records that a reader showed are those that the writer then sealed.
    for record in unsealed.into_iter().flatten() {
        if let Ok(now) = after.record(record.index) {
            assert_eq!(now.event, record.event);
        }
    }
}
