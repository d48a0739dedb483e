//! The directory of a log is C2SP tlog-tiles: a stranger's reader finds every record, and nothing else.

pub mod spec;

use base64::prelude::{BASE64_STANDARD, Engine};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use test_support::TempDir;
use token_audit::{Log, Record};

use self::spec::{bundles, entries, files_of, hash_tiles, leaf, mth};
use crate::log::sample::{Files, append, event, key, options, verifying};

/// The lines of a checkpoint, by C2SP tlog-checkpoint and signed-note, and its signature checked.
fn read_checkpoint(text: &[u8]) -> (usize, [u8; 32]) {
    let text = str::from_utf8(text).unwrap();
    let (body, signatures) = text.split_once("\n\n").unwrap();
    let lines: Vec<&str> = body.split('\n').collect();
    let [origin, size, root, session] = lines[..] else { panic!("{body}") };
    assert!(session.starts_with("session "), "an extension line: {session}");
    let [signature, ""] = signatures.split('\n').collect::<Vec<_>>()[..] else { panic!() };
    let signature = signature.strip_prefix(&format!("— {origin} ")).unwrap();
    let signature = BASE64_STANDARD.decode(signature).unwrap();

    let public = verifying().to_string();
    let [name, id, public] = public.split('+').collect::<Vec<_>>()[..3] else { panic!() };
    assert_eq!(name, origin);
    let public = BASE64_STANDARD
        .decode(&verifying().to_string()[name.len() + id.len() + 2..])
        .unwrap_or_else(|_| panic!("{public}"));
    let hash = Sha256::digest([name.as_bytes(), b"\n", &public].concat());
    assert_eq!(signature[..4], hash[..4], "the key's id");
    let public = VerifyingKey::from_bytes(public[1..].try_into().unwrap()).unwrap();
    let signed = format!("{body}\n");
    let valid = Signature::from_slice(&signature[4..]).unwrap();
    public.verify_strict(signed.as_bytes(), &valid).unwrap();
    (size.parse().unwrap(), BASE64_STANDARD.decode(root).unwrap().try_into().unwrap())
}

/// Reads the log as a stranger, and compares every file and name with what the specification demands.
fn check(files: &Files) -> Vec<Vec<u8>> {
    let (size, root) = read_checkpoint(&files["checkpoint"]);
    let entries = entries(files, size);
    let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    entries.iter().for_each(|entry| other.push(entry.clone()));
    assert_eq!(other.root().as_bytes()[..], root, "the root of {size}");

    let leaves: Vec<_> = entries.iter().map(|entry| leaf(entry)).collect();
    assert_eq!(mth(&leaves), root);
    let mut expected: Files = hash_tiles(&leaves);
    expected.extend(bundles(&entries));
    let kept = |name: &str| ["checkpoint", "journal", "lock"].contains(&name);
    let names = |files: &Files| -> Vec<String> {
        files.keys().filter(|name| !kept(name)).cloned().collect()
    };
    assert_eq!(names(files), names(&expected), "the files of a log of {size}");
    assert!(expected.iter().all(|(name, data)| files[name] == *data), "the tiles of {size}");
    for (index, entry) in (0..).zip(&entries) {
        assert_eq!(Record::parse(entry).unwrap().index, index);
    }
    entries
}

fn closed(size: u64) -> Files {
    let directory = TempDir::new();
    let log = options().journal_bytes(64 << 20).open(directory.path(), key()).unwrap();
    append(&log, size);
    assert_eq!(log.close().unwrap().size(), size);
    files_of(directory.path())
}

#[test]
fn a_closed_log_is_what_the_specification_says() {
    for size in [0, 1, 255, 256, 257, 600] {
        let files = closed(size);
        assert_eq!(check(&files).len() as u64, size);
        assert_eq!(files["journal"], b"token-journal/1\n", "nothing is left to be sealed");
    }
}

#[test]
fn a_large_log_is_what_the_specification_says() {
    let files = closed(70_000);
    check(&files);
    let [l1, l1_partial, l2] =
        ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"].map(|name| files[name].len());
    assert_eq!((l1, l1_partial, l2), (8192, 17 * 32, 32), "the example of the specification");
}

#[test]
fn at_every_checkpoint_of_an_open_log_its_files_are_all_there_and_no_others() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    for more in [1, 2, 250, 1, 1, 1, 252, 1, 300, 513] {
        append(&log, more);
        let size = log.checkpoint().unwrap().size();
        assert_eq!(check(&files_of(directory.path())).len() as u64, size);
        log.checkpoint().unwrap();
        assert_eq!(check(&files_of(directory.path())).len() as u64, size, "nothing was new");
    }
}

#[test]
fn a_log_that_is_opened_again_and_again_keeps_its_layout() {
    let directory = TempDir::new();
    for more in [0, 1, 254, 1, 0, 1, 255, 2] {
        let log = Log::open(directory.path(), key()).unwrap();
        for number in 0..more {
            drop(log.submit(event(number)).unwrap());
        }
        drop(log);
        check(&files_of(directory.path()));
    }
}

#[test]
fn a_thousand_bundles_have_longer_paths() {
    let files = closed(256_100);
    check(&files);
    assert!(files.contains_key("tile/entries/x001/000.p/100"));
    assert!(files.contains_key("tile/0/x001/000.p/100"));
    assert!(files.contains_key("tile/0/999"));
}
