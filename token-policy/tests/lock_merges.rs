//! Git merges two locks that rotate different slots, and never doubles a slot in silence. The merges are git's own.
#![cfg(feature = "lock")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use time::UtcDateTime;
use token_policy::Policy;
use token_policy::lock::{Entry, Lock, LockErrorKind, LockedToken, SlotName};

/// A policy with `kinds` kinds in one environment: every slot is declared, and none is ephemeral.
fn policy(kinds: usize) -> Policy {
    use std::fmt::Write as _;
    let mut text = "version = 1\nscopes.a = ''\nenvironments.production = {}\n".to_owned();
    for kind in 0..kinds {
        write!(text, "[tokens.k{kind:03}]\nscopes = ['a']\nmax_lifetime = '90d'\n").unwrap();
    }
    Policy::parse(&text).unwrap()
}

fn rotate(lock: &mut Lock, policy: &Policy, kind: usize, id: u8) {
    let kind = format!("k{kind:03}");
    let name = SlotName::new(&kind, "production").unwrap();
    let mut unique = [id; 16];
    unique.iter_mut().zip(kind.bytes()).for_each(|(to, from)| *to = from);
    let slot = lock.slot_mut(name);
    let current = slot.current.as_ref().and_then(|entry| entry.token.as_ref());
    let generation = current.map_or(1, |token| token.generation + 1);
    let end = UtcDateTime::from_unix_timestamp(1_790_000_000 + i64::from(id)).unwrap();
    let entry = Entry::new(policy.kind(&kind).unwrap());
    slot.replace(LockedToken::new(unique, generation, Some(end)), Some(end), &entry);
}

/// A lock in which some slots have a token, some have two, and some are empty.
fn base(policy: &Policy, kinds: usize, seed: usize) -> Lock {
    let mut lock = Lock::new(policy);
    for kind in 0..kinds {
        for id in 0..(kind * 7 + seed) % 3 {
            rotate(&mut lock, policy, kind, u8::try_from(id).unwrap() + 1);
        }
    }
    lock
}

/// Merges as `git merge` does. Returns the text, and whether git found no conflict.
fn merge(folder: &Path, base: &Lock, ours: &Lock, theirs: &Lock) -> (String, bool) {
    let write = |name: &str, lock: &Lock| {
        fs::write(folder.join(name), lock.to_string()).unwrap();
        folder.join(name)
    };
    let files = [write("ours", ours), write("base", base), write("theirs", theirs)];
    let output = Command::new("git").args(["merge-file", "-p"]).args(&files).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("lock-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

#[test]
fn rotations_of_different_slots_always_merge() {
    let folder = Folder::new("distinct");
    let mut merges = 0;
    for kinds in [2, 3, 5, 20, 100] {
        let policy = policy(kinds);
        let base = base(&policy, kinds, kinds);
        let firsts: Vec<usize> =
            if kinds <= 5 { (0..kinds).collect() } else { vec![0, 7, kinds - 2] };
        for first in firsts {
            // Neighbours are the hard case; the rest stands for all that are further apart.
            for second in (0..kinds)
                .filter(|kind| *kind != first)
                .filter(|kind| kinds <= 5 || kind.abs_diff(first) <= 2 || *kind == kinds - 1)
            {
                let [mut ours, mut theirs, mut both] = [(); 3].map(|()| base.clone());
                for (kind, one) in [(first, &mut ours), (second, &mut theirs)] {
                    let id = u8::try_from(kind + 100).unwrap();
                    rotate(one, &policy, kind, id);
                    rotate(&mut both, &policy, kind, id);
                }
                let (merged, is_clean) = merge(&folder.0, &base, &ours, &theirs);
                assert!(is_clean, "{first} and {second} of {kinds}:\n{merged}");
                assert_eq!(Lock::parse(&merged).unwrap(), both);
                merges += 1;
            }
        }
    }
    assert!(merges >= 35, "{merges}");
}

#[test]
fn two_rotations_of_one_slot_conflict_or_are_refused() {
    let folder = Folder::new("same");
    let (mut conflicts, mut refused) = (0, 0);
    for kinds in [1, 2, 20] {
        let policy = policy(kinds);
        for seed in 0..3 {
            let base = base(&policy, kinds, seed);
            for kind in [0, kinds / 2, kinds - 1] {
                let [mut ours, mut theirs] = [(); 2].map(|()| base.clone());
                rotate(&mut ours, &policy, kind, 101);
                rotate(&mut theirs, &policy, kind, 102);
                let (merged, is_clean) = merge(&folder.0, &base, &ours, &theirs);
                let error = Lock::parse(&merged).expect_err("two tokens, and nobody was told");
                match error.kind() {
                    LockErrorKind::Conflict => conflicts += 1,
                    _ => refused += 1,
                }
                assert!(!is_clean || error.kind() == LockErrorKind::Repeated, "{error}\n{merged}");
            }
        }
    }
    assert_eq!(conflicts + refused, 27);
}

/// A merge driver that keeps the lines of both, as `merge=union` does, leaves a slot with a line twice.
#[test]
fn a_union_of_two_rotations_is_refused() {
    let folder = Folder::new("union");
    let policy = policy(3);
    let base = base(&policy, 3, 1);
    let [mut ours, mut theirs] = [(); 2].map(|()| base.clone());
    rotate(&mut ours, &policy, 1, 101);
    rotate(&mut theirs, &policy, 1, 102);
    let write = |name: &str, lock: &Lock| {
        fs::write(folder.0.join(name), lock.to_string()).unwrap();
        folder.0.join(name)
    };
    let files = [write("ours", &ours), write("base", &base), write("theirs", &theirs)];
    let output = Command::new("git").args(["merge-file", "-p", "--union"]).args(&files).output();
    let merged = String::from_utf8(output.unwrap().stdout).unwrap();
    assert_eq!(Lock::parse(&merged).unwrap_err().kind(), LockErrorKind::Repeated, "{merged}");
}
