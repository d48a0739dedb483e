//! The audit log's tree and checkpoints against what others wrote: the RFC 6962 cases of
//! transparency-dev/merkle, and a log that transparency-dev/tessera wrote.
//!
//! The files lie outside the repository. Where they are not, these tests say so and pass, unless
//! `TOKEN_CORE_VECTORS=required`, which CI sets.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, de::DeserializeOwned};
use token_audit::{
    __test::{Hash, Tree, check_consistency, check_inclusion, leaf_hash},
    Checkpoint, VerifyingKey,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

const TESSERA_KEY: &str =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const TESSERA_ENTRIES: [&str; 15] = [
    "one", "two", "three", "four", "five", "six", "seven", "eit", "nain", "ten", "ileven", "twelf",
    "threeten", "fourten", "fivten",
];

/// What a set of cases came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    cases: usize,
    /// They hold, and our answer is that they do.
    accepted: usize,
    /// Some hash is not of 32 bytes, so that our types cannot hold the case.
    unrepresentable: usize,
    /// Of those, how many ought to hold: the hash does not matter to them.
    unrepresentable_but_true: usize,
}

impl Outcome {
    /// Counts a case; none of `answer` for a case with a hash that is none.
    fn count(&mut self, path: &Path, answer: Option<bool>, want: bool) {
        self.cases += 1;
        match answer {
            None => {
                self.unrepresentable += 1;
                self.unrepresentable_but_true += usize::from(want);
            }
            Some(answer) => {
                assert_eq!(answer, want, "{}", path.display());
                self.accepted += usize::from(answer);
            }
        }
    }
}

#[test]
fn all_cases_of_rfc_6962() {
    let Some(vectors) = vectors("rfc6962") else { return };
    let mut outcome = Outcome::default();
    for (path, case) in cases::<Inclusion>(&vectors.join("inclusion")) {
        outcome.count(&path, inclusion(&case), !case.want_err);
    }
    assert_eq!(outcome.cases, 98);
    for (path, case) in cases::<Consistency>(&vectors.join("consistency")) {
        outcome.count(&path, consistency(&case), !case.want_err);
    }
    let (accepted, unrepresentable) = (11, 53);
    let expected = Outcome { cases: 196, accepted, unrepresentable, unrepresentable_but_true: 1 };
    assert_eq!(outcome, expected);
}

fn inclusion(case: &Inclusion) -> Option<bool> {
    let (root, leaf, proof) = (hash(&case.root)?, hash(&case.leaf_hash)?, hashes(&case.proof)?);
    Some(check_inclusion(&proof, case.tree_size, &root, case.leaf_idx, &leaf))
}

fn consistency(case: &Consistency) -> Option<bool> {
    let (old, new, proof) = (hash(&case.root1)?, hash(&case.root2)?, hashes(&case.proof)?);
    Some(check_consistency(&proof, (case.size1, &old), (case.size2, &new)))
}

#[test]
fn a_log_that_tessera_wrote() {
    let Some(log) = vectors("tessera-log/log") else { return };
    let key: VerifyingKey = TESSERA_KEY.parse().unwrap();
    let mut tree = Tree::default();
    for size in 0..=TESSERA_ENTRIES.len() {
        let text = fs::read(log.join(format!("checkpoint.{size}"))).unwrap();
        let checkpoint = Checkpoint::parse(&text, &key).unwrap();
        assert_eq!(checkpoint.size(), size as u64);
        assert_eq!(checkpoint.root(), &tree.root(), "size {size}");
        assert_eq!(checkpoint.as_str().as_bytes(), text);
        if size > 0 {
            tiles(&log, &tree, size as u64);
        }
        if let Some(entry) = TESSERA_ENTRIES.get(size) {
            tree.push(entry.as_bytes());
        }
    }
    let last = fs::read(log.join("checkpoint")).unwrap();
    assert_eq!(Checkpoint::parse(last, &key).unwrap().root(), &tree.root());
    assert_eq!(checkpoints(&log), 16);
}

/// The leaf tile and the bundle of entries of a log of that size.
fn tiles(log: &Path, tree: &Tree, size: u64) {
    let [(path, data)] = &tree.partial_tiles(size).unwrap()[..] else { panic!("one tile") };
    assert_eq!(path, &format!("tile/0/000.p/{size}"));
    assert_eq!(&fs::read(log.join(path)).unwrap(), data);
    // C2SP tlog-tiles: each entry after its length as two bytes, the high one first.
    let entries = &TESSERA_ENTRIES[..size as usize];
    let bundle =
        entries.iter().flat_map(|entry| [&[0, entry.len() as u8], entry.as_bytes()].concat());
    let read = fs::read(log.join(format!("tile/entries/000.p/{size}"))).unwrap();
    assert_eq!(read, bundle.collect::<Vec<u8>>());
    let leaves = entries.iter().map(|entry| leaf_hash(entry.as_bytes()));
    assert_eq!(leaves.collect::<Vec<Hash>>().concat(), *data);
}

fn checkpoints(log: &Path) -> usize {
    let names = fs::read_dir(log).unwrap().map(|file| file.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().starts_with("checkpoint.")).count()
}

/// The folder with the vectors; none if they are not on this machine and need not be.
fn vectors(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors").join(name);
    if !path.is_dir() {
        let required = env::var("TOKEN_CORE_VECTORS").is_ok_and(|value| value == "required");
        assert!(!required, "{} is missing", path.display());
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// Every JSON file under a folder.
fn cases<T: DeserializeOwned>(folder: &Path) -> Vec<(PathBuf, T)> {
    let mut cases = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        match file.is_dir() {
            true => cases.extend(self::cases(&file)),
            false => {
                let case = serde_json::from_slice(&fs::read(&file).unwrap());
                cases.push((
                    file.clone(),
                    case.unwrap_or_else(|e| panic!("{}: {e}", file.display())),
                ));
            }
        }
    }
    cases
}

fn hash(base64: &str) -> Option<Hash> {
    BASE64_STANDARD.decode(base64).unwrap().try_into().ok()
}

fn hashes(base64: &Option<Vec<String>>) -> Option<Vec<Hash>> {
    base64.iter().flatten().map(|base64| hash(base64)).collect()
}
