//! A witness: C2SP tlog-cosignature as its specification has it, and no cosignature for a log that forked or went back.

use base64::prelude::{BASE64_STANDARD, Engine};
use ed25519_dalek::{Signature, VerifyingKey as Point};
use sha2::{Digest, Sha256};
use time::{UtcDateTime, macros::utc_datetime};
use token_audit::{
    __test::read_on, Checkpoint, ErrorKind, Reader, SigningKey, Witness, WitnessKey,
};

use crate::{
    log::sample::{Memory, append, key, options, verifying},
    support::kind_of,
};

const NOW: UtcDateTime = utc_datetime!(2023-03-20 13:32:27);

fn witness() -> Witness {
    Witness::new(SigningKey::generate("witness.example.com/w1").unwrap()).unwrap()
}

fn reader(memory: &Memory) -> Reader {
    read_on(memory.storage(), &verifying()).unwrap()
}

/// Logs that begin with the same records, at these sizes.
fn log_of(sizes: &[u64]) -> (Memory, Vec<Checkpoint>) {
    let memory = Memory::default();
    let log = memory.open_log(options());
    let sizes = sizes.iter().map(|size| {
        let now = log.checkpoint().unwrap().size();
        append(&log, size - now - u64::from(now > 0));
        log.checkpoint().unwrap()
    });
    let checkpoints = sizes.collect();
    log.close().unwrap();
    (memory, checkpoints)
}

/// Reads the last signature by the specification alone, without this library.
fn stranger(text: &str, witness: &WitnessKey) -> u64 {
    let (body, signatures) = text.split_once("\n\n").unwrap();
    let line = signatures.lines().last().unwrap();
    let blob = line.strip_prefix("— witness.example.com/w1 ").unwrap();
    let blob = BASE64_STANDARD.decode(blob).unwrap();
    assert_eq!(blob.len(), 4 + 8 + 64);
    let key = witness.to_string();
    let key = BASE64_STANDARD.decode(key.splitn(3, '+').nth(2).unwrap()).unwrap();
    assert_eq!((key[0], key.len()), (4, 33));
    let id = Sha256::digest([b"witness.example.com/w1\n", &key[..]].concat());
    assert_eq!(blob[..4], id[..4], "the key's id");
    let time = u64::from_be_bytes(blob[4..12].try_into().unwrap());
    let signed = format!("cosignature/v1\ntime {time}\n{body}\n");
    let point = Point::from_bytes(key[1..].try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(&blob[12..]).unwrap();
    point.verify_strict(signed.as_bytes(), &signature).unwrap();
    time
}

#[test]
fn a_cosignature_is_what_the_specification_says() {
    let witness = witness();
    for sizes in [&[][..], &[1], &[3], &[256], &[1, 300]] {
        let (memory, _) = log_of(sizes);
        let cosigned = witness.cosign(&reader(&memory), None, NOW).unwrap();
        assert_eq!(stranger(cosigned.as_str(), witness.verifying_key()), 1_679_319_147);
        assert_eq!(cosigned.cosigned_at(witness.verifying_key()), Some(NOW));
        let read = Checkpoint::parse(cosigned.as_str(), &verifying()).unwrap();
        assert_eq!(read, cosigned, "the log's signature is there too");
        assert_eq!(read.cosigned_at(self::witness().verifying_key()), None, "another witness");
    }
}

#[test]
fn keys_of_witnesses() {
    // A witness of the network of transparency.dev.
    let text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
    let key: WitnessKey = text.parse().unwrap();
    assert_eq!((key.to_string().as_str(), key.name()), (text, "remora.n621.de"));
    assert_eq!(format!("{key:?}"), format!("WitnessKey({text})"));
    for wrong in [
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
        "remora.n621.de+da77ade8+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        "remora.n621.df+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        "",
    ] {
        assert_eq!(kind_of(wrong.parse::<WitnessKey>()), Some(ErrorKind::MalformedKey), "{wrong}");
    }
    let key = witness();
    assert_eq!(
        &key.verifying_key().to_string().parse::<WitnessKey>().unwrap(),
        key.verifying_key()
    );
}

#[test]
fn a_log_that_goes_on_is_cosigned_at_every_size() {
    let witness = witness();
    let (memory, mut log) = (Memory::default(), None);
    let mut last: Option<Checkpoint> = None;
    for more in [0, 1, 0, 254, 1, 1, 300] {
        let open = memory.open_log(options());
        append(&open, more);
        open.close().unwrap();
        log.replace(reader(&memory));
        let next = witness.cosign(log.as_ref().unwrap(), last.as_ref(), NOW).unwrap();
        assert_eq!(next.size(), last.map_or(0, |last| last.size()) + more);
        last = Some(next);
    }
}

#[test]
fn a_log_that_forked_or_went_back_is_not_cosigned() {
    let witness = witness();
    let (ours, checkpoints) = log_of(&[3, 10, 300]);
    let refused = |reader: &Reader, last: &Checkpoint| {
        let error = witness.cosign(reader, Some(last), NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LogForked, "{error}");
    };
    // An older copy; another history of each length with the same key; and the log that was opened by somebody else.
    let older = Memory::of(&ours.files());
    let log = ours.open_log(options());
    let newest = witness.cosign(&reader(&ours), checkpoints.last(), NOW).unwrap();
    refused(&reader(&older), &newest);
    append(&log, 1);
    log.close().unwrap();
    for size in [0, 1, 3, 10, 299, 300, 301, 600] {
        let (other, _) = log_of(&[size]);
        for last in checkpoints.iter().chain([&newest]) {
            refused(&reader(&other), last);
        }
    }
    let theirs = older.open_log(options());
    append(&theirs, 5);
    theirs.close().unwrap();
    refused(&reader(&older), &newest);
    assert!(witness.cosign(&reader(&ours), Some(&newest), NOW).is_ok());
}

#[test]
fn a_cosignature_covers_the_checkpoint_and_its_time() {
    let witness = witness();
    let (memory, _) = log_of(&[3]);
    let cosigned = witness.cosign(&reader(&memory), None, NOW).unwrap();
    let line = cosigned.as_str().lines().last().unwrap();
    let (name, blob) = line.rsplit_once(' ').unwrap();
    let blob = BASE64_STANDARD.decode(blob).unwrap();
    let with = |checkpoint: &Checkpoint, blob: &[u8]| {
        let text = format!("{checkpoint}{name} {}\n", BASE64_STANDARD.encode(blob));
        Checkpoint::parse(text, &verifying()).unwrap().cosigned_at(witness.verifying_key())
    };
    let plain = reader(&memory).checkpoint().clone();
    assert_eq!(with(&plain, &blob), Some(NOW));
    for byte in 0..blob.len() {
        let mut changed = blob.clone();
        changed[byte] ^= 1;
        assert_eq!(with(&plain, &changed), None, "byte {byte}");
    }
    assert_eq!(with(&plain, &blob[..40]), None);
    let (_, others) = log_of(&[3]);
    assert_eq!(with(&others[0], &blob), None, "on another checkpoint");
}

#[test]
fn a_log_is_no_witness_of_itself() {
    let (memory, _) = log_of(&[1]);
    let itself = Witness::new(key()).unwrap();
    let refused = itself.cosign(&reader(&memory), None, NOW);
    assert_eq!(kind_of(refused), Some(ErrorKind::MalformedKey));
    let early = witness().cosign(&reader(&memory), None, UtcDateTime::UNIX_EPOCH);
    assert_eq!(kind_of(early), Some(ErrorKind::Io), "a time that says nothing");
}
