//! Proofs: one that was read is written as the same text, and one that holds is true.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use token_audit::{
    __test::{Tree, sign},
    Checkpoint, ConsistencyProof, InclusionProof, SigningKey, VerifyingKey,
};
use token_core::Secret;

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// How many entries the log has.
const SIZE: u64 = 13;

/// A log whose every entry and checkpoint is known.
struct Log {
    key: SigningKey,
    checkpoints: Vec<Checkpoint>,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let key = SigningKey::from_secret(Secret::from(SECRET.to_owned())).unwrap();
    let mut tree = Tree::default();
    (0..SIZE).for_each(|index| tree.push(entry(index).as_bytes()));
    let root = |size| tree.root_at(size).unwrap();
    let checkpoints = (0..=SIZE).map(|size| sign(&key, size, &root(size)).unwrap()).collect();
    Log { key, checkpoints }
});

fn entry(index: u64) -> String {
    format!("entry {index}")
}

fuzz_target!(|input: &str| {
    let text = input.replacen('$', LOG.checkpoints[SIZE as usize].as_str(), 1);
    if let Ok(proof) = text.parse::<InclusionProof>() {
        assert_eq!(proof.to_string(), text);
        inclusion(&proof, LOG.key.verifying_key());
    }
    if let Ok(proof) = text.parse::<ConsistencyProof>() {
        assert_eq!(proof.to_string(), text);
        consistency(&proof, LOG.key.verifying_key());
    }
});

fn inclusion(proof: &InclusionProof, key: &VerifyingKey) {
    let truth = entry(proof.index());
    if let Ok(record) = proof.verify(key) {
        assert_eq!(record, truth.as_bytes(), "an entry that is not in the log");
    }
    if proof.verify_record(truth.as_bytes(), key).is_ok() {
        assert!(proof.index() < SIZE, "an index that is not in the log");
    }
}

fn consistency(proof: &ConsistencyProof, key: &VerifyingKey) {
    for old in &LOG.checkpoints {
        if let Ok(new) = proof.verify(old, key) {
            assert_eq!(proof.old_size(), old.size());
            // The notes may differ: others may have signed the new one too.
            let known = &LOG.checkpoints[new.size() as usize];
            assert_eq!((new.origin(), new.root()), (known.origin(), known.root()));
            assert!(new.size() >= old.size());
        }
    }
}
