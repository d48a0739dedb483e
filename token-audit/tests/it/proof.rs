//! A proof convinces whoever has the key, and nothing else looks like one.

use std::{cell::RefCell, collections::HashMap};

use base64::prelude::{BASE64_STANDARD, Engine};
use proptest::prelude::*;
use token_audit::{
    __test::{Hash, Tree, consistency, inclusion, sign},
    Checkpoint, ConsistencyProof, ErrorKind, InclusionProof, SigningKey, VerifyingKey,
};
use token_core::Secret;

use crate::support::kind_of;

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// A log in memory, of which any checkpoint can be signed.
struct Log {
    key: SigningKey,
    tree: Tree,
    /// Signed before: debug builds sign slowly.
    signed: RefCell<HashMap<u64, Checkpoint>>,
}

impl Log {
    fn new(size: u64) -> Self {
        let mut tree = Tree::default();
        (0..size).for_each(|index| tree.push(entry(index).as_bytes()));
        let key = SigningKey::from_secret(Secret::from(SECRET.to_owned())).unwrap();
        Self { key, tree, signed: RefCell::default() }
    }

    fn public(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        let sign = || sign(&self.key, size, &self.tree.root_at(size).unwrap()).unwrap();
        self.signed.borrow_mut().entry(size).or_insert_with(sign).clone()
    }

    fn inclusion(&self, index: u64, size: u64) -> InclusionProof {
        let hashes = self.tree.prove_inclusion(index, size).unwrap();
        inclusion(Some(entry(index).into()), index, hashes, &self.checkpoint(size))
    }

    fn consistency(&self, old: u64, size: u64) -> ConsistencyProof {
        let hashes = self.tree.prove_consistency(old, size).unwrap();
        consistency(old, hashes, &self.checkpoint(size))
    }
}

fn entry(index: u64) -> String {
    format!("entry {index}")
}

fn lines(hashes: &[Hash]) -> String {
    hashes.iter().map(|hash| BASE64_STANDARD.encode(hash) + "\n").collect()
}

#[test]
fn the_texts_are_those_of_the_specifications() {
    let log = Log::new(8);
    let (hashes, checkpoint) = (log.tree.prove_inclusion(5, 8).unwrap(), log.checkpoint(8));
    let expected = format!(
        "c2sp.org/tlog-proof@v1\nextra {}\nindex 5\n{}\n{checkpoint}",
        BASE64_STANDARD.encode("entry 5"),
        lines(&hashes)
    );
    assert_eq!(log.inclusion(5, 8).to_string(), expected);
    let without = inclusion(None, 5, hashes.clone(), &checkpoint);
    let expected = format!("c2sp.org/tlog-proof@v1\nindex 5\n{}\n{checkpoint}", lines(&hashes));
    assert_eq!(without.to_string(), expected);

    let hashes = log.tree.prove_consistency(6, 8).unwrap();
    let expected = format!("old 6\n{}\n{checkpoint}", lines(&hashes));
    assert_eq!(log.consistency(6, 8).to_string(), expected);
    let expected = format!("old 0\n\n{checkpoint}");
    assert_eq!(log.consistency(0, 8).to_string(), expected);
}

#[test]
fn every_entry_of_every_size_is_proven() {
    let log = Log::new(12);
    for (size, index) in (1..=12).flat_map(|size| (0..size).map(move |index| (size, index))) {
        let proof: InclusionProof = log.inclusion(index, size).to_string().parse().unwrap();
        assert_eq!(proof.verify(log.public()).unwrap(), entry(index).as_bytes());
        assert_eq!(proof.index(), index);
        let checkpoint = proof.verify_record(entry(index).as_bytes(), log.public()).unwrap();
        assert_eq!(checkpoint, log.checkpoint(size));
        let other = proof.verify_record(entry(index + 1).as_bytes(), log.public());
        assert_eq!(kind_of(other), Some(ErrorKind::InvalidProof));
    }
}

#[test]
fn every_growth_is_proven() {
    let log = Log::new(12);
    for (size, old) in (0..=12).flat_map(|size| (0..=size).map(move |old| (size, old))) {
        let proof: ConsistencyProof = log.consistency(old, size).to_string().parse().unwrap();
        let newer = proof.verify(&log.checkpoint(old), log.public()).unwrap();
        assert_eq!((proof.old_size(), newer), (old, log.checkpoint(size)));
    }
}

/// Another index than the proven one, or another checkpoint of the same log.
#[test]
fn a_proof_proves_one_thing() {
    let log = Log::new(9);
    for (index, size) in [(0, 1), (5, 8), (8, 9)] {
        let hashes = log.tree.prove_inclusion(index, size).unwrap();
        for (other, at) in (0..10).flat_map(|other| (1..=9).map(move |at| (other, at))) {
            let proof =
                inclusion(Some(entry(index).into()), other, hashes.clone(), &log.checkpoint(at));
            let holds = proof.verify(log.public()).map(drop).map_err(|error| error.kind());
            let expected = match (other, at) == (index, size) {
                true => Ok(()),
                false => Err(ErrorKind::InvalidProof),
            };
            assert_eq!(holds, expected, "{index} in {size}, as {other} in {at}");
        }
    }
}

#[test]
fn what_a_proof_of_consistency_is_not_about() {
    let log = Log::new(20);
    let proof = log.consistency(6, 12);
    let against = |old: &Checkpoint| {
        proof.verify(old, log.public()).map(drop).map_err(|error| (error.kind(), error.to_string()))
    };
    let fails = |old: &Checkpoint, kind: ErrorKind, words: &str| {
        let (found, message) = against(old).unwrap_err();
        assert_eq!(found, kind);
        assert!(message.contains(words), "{message}");
    };
    assert_eq!(against(&log.checkpoint(6)), Ok(()));
    fails(&log.checkpoint(7), ErrorKind::InvalidProof, "another size");
    fails(&log.checkpoint(0), ErrorKind::InvalidProof, "another size");
    let same_size = |size| sign(&log.key, size, &[7; 32]).unwrap();
    fails(&same_size(6), ErrorKind::InvalidProof, "from the known root");
    fails(&same_size(12), ErrorKind::LogForked, "two histories");
    let stranger = SigningKey::generate("EnochRoot").unwrap();
    let strange = sign(&stranger, 6, log.checkpoint(6).root()).unwrap();
    fails(&strange, ErrorKind::InvalidProof, "different logs");

    let backwards = consistency(12, vec![], &log.checkpoint(6));
    let kind = kind_of(backwards.verify(&log.checkpoint(12), log.public()));
    assert_eq!(kind, Some(ErrorKind::InvalidProof));
    let foreign = proof.verify(&log.checkpoint(6), stranger.verifying_key());
    assert_eq!(kind_of(foreign), Some(ErrorKind::InvalidSignature));
    let needless = consistency(6, vec![[0; 32]], &log.checkpoint(6));
    let kind = kind_of(needless.verify(&log.checkpoint(6), log.public()));
    assert_eq!(kind, Some(ErrorKind::InvalidProof));
}

#[test]
fn a_proof_without_the_record_needs_it() {
    let log = Log::new(8);
    let hashes = log.tree.prove_inclusion(5, 8).unwrap();
    let proof = inclusion(None, 5, hashes, &log.checkpoint(8));
    assert_eq!(kind_of(proof.verify(log.public())), Some(ErrorKind::InvalidProof));
    assert_eq!(proof.verify_record(b"entry 5", log.public()).unwrap().size(), 8);
    let stranger = SigningKey::generate("PeterNeumann").unwrap();
    let foreign = proof.verify_record(b"entry 5", stranger.verifying_key());
    assert_eq!(kind_of(foreign), Some(ErrorKind::InvalidSignature));
}

/// It is refused when it is read, or when it is verified.
#[test]
fn every_changed_bit_is_noticed() {
    let log = Log::new(8);
    let text = log.inclusion(5, 8).to_string();
    for changed in changes(&text) {
        let Ok(proof) = changed.parse::<InclusionProof>() else { continue };
        assert_eq!(proof.to_string(), changed);
        assert!(proof.verify(log.public()).is_err(), "{changed}");
    }
    let text = log.consistency(6, 8).to_string();
    for changed in changes(&text) {
        let Ok(proof) = changed.parse::<ConsistencyProof>() else { continue };
        assert_eq!(proof.to_string(), changed);
        assert!(proof.verify(&log.checkpoint(6), log.public()).is_err(), "{changed}");
    }
}

/// Every bit of what the proof adds, and one of each byte of the checkpoint, which has a test of its own.
fn changes(text: &str) -> impl Iterator<Item = String> {
    let head = text.find("\n\n").unwrap();
    let bit = |at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        String::from_utf8(bytes).ok()
    };
    let all = (0..text.len() * 8).filter(move |at| at / 8 <= head || at % 8 == at / 8 % 7);
    all.filter_map(bit)
}

#[test]
fn errors_name_the_line() {
    let log = Log::new(8);
    let text = log.inclusion(5, 8).to_string();
    let hash = text.lines().nth(3).unwrap();
    let extra = text.lines().nth(1).unwrap();
    let size = "\nPeterNeumann\n8\n";
    let wrong = [
        ("c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\n", 1),
        ("c2sp.org/tlog-proof@v1\n", "", 1),
        (extra, "extra ZW50cnkgNR==", 2),
        (extra, "extra ZW50cnkgNQ", 2),
        (extra, "extra -", 2),
        (extra, "Extra ZW50cnkgNQ==", 2),
        ("index 5\n", "index 05\n", 3),
        ("index 5\n", "index +5\n", 3),
        ("index 5\n", "index  5\n", 3),
        ("index 5\n", "index 18446744073709551616\n", 3),
        ("index 5\n", "", 3),
        ("index 5\n", "index 5\r\n", 3),
        (hash, "AAAA", 4),
        (hash, &format!("{hash} "), 4),
        (size, "\nPeterNeumann\n08\n", 9),
        (size, "\n\n8\n", 8),
    ];
    for (part, other, line) in wrong {
        let error = text.replacen(part, other, 1).parse::<InclusionProof>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Syntax);
        let expected = format!("line {line} is not what a proof of inclusion has there");
        assert!(error.to_string().starts_with(&expected), "{part} for {other}: {error}");
    }
    let text = log.consistency(6, 8).to_string();
    for (part, other, line) in [
        ("old 6", "old 06", 1),
        ("old 6", "6", 1),
        ("old 6", "old 281474976710657", 1),
        ("old 6\n", "old 6\nindex 6\n", 2),
        (size, "\nPeterNeumann\n8 \n", 7),
    ] {
        let error = text.replacen(part, other, 1).parse::<ConsistencyProof>().unwrap_err();
        let expected = format!("line {line} is not what a proof of consistency has there");
        assert!(error.to_string().starts_with(&expected), "{part} for {other}: {error}");
    }
    for text in ["", "\n", "\n\n", "old 6", "old 6\n", "old 6\n\n", "c2sp.org/tlog-proof@v1\n\n"] {
        assert_eq!(kind_of(text.parse::<InclusionProof>()), Some(ErrorKind::Syntax), "{text:?}");
        assert_eq!(kind_of(text.parse::<ConsistencyProof>()), Some(ErrorKind::Syntax), "{text:?}");
    }
}

#[test]
fn more_hashes_than_any_tree_has() {
    let log = Log::new(8);
    for (count, refused) in [(63, false), (64, true), (5_000, true)] {
        let hashes = vec![[7; 32]; count];
        let proof = inclusion(None, 5, hashes.clone(), &log.checkpoint(8)).to_string();
        assert_eq!(proof.parse::<InclusionProof>().is_err(), refused, "{count}");
        let proof = consistency(6, hashes, &log.checkpoint(8)).to_string();
        assert_eq!(proof.parse::<ConsistencyProof>().is_err(), refused, "{count}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn long_logs(size in 1_u64..1_500, index in any::<prop::sample::Index>()) {
        let log = Log::new(size);
        let index = index.index(size as usize) as u64;
        let proof: InclusionProof = log.inclusion(index, size).to_string().parse().unwrap();
        prop_assert!(proof.verify(log.public()).unwrap() == entry(index).as_bytes());
        let proof: ConsistencyProof = log.consistency(index, size).to_string().parse().unwrap();
        prop_assert!(proof.verify(&log.checkpoint(index), log.public()).is_ok());
    }

    #[test]
    fn any_record_reads_back(record in any::<Vec<u8>>(), index in any::<u64>(), hashes in any::<Vec<Hash>>()) {
        prop_assume!(hashes.len() <= 63);
        let proof = inclusion(Some(record), index, hashes, &Log::new(1).checkpoint(1));
        prop_assert_eq!(proof.to_string().parse::<InclusionProof>().unwrap(), proof);
    }
}
