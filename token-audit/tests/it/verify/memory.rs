//! Verification reads a log of any length in the same memory.

use token_audit::{__test::verify_on, Finding, Verification};

use test_support::alloc_watch::peak_of;

use crate::log::sample::{Memory, append, options, verifying};

/// Of a log in memory a read is a copy too, so this counts all that a verification of files would need.
fn verified(memory: &Memory) -> (Verification, usize) {
    peak_of(|| verify_on(memory.storage(), &verifying(), &[]).unwrap())
}

#[test]
fn a_long_log_takes_no_more_memory_than_a_short_one() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    append(&log, 40_000);
    log.close().unwrap();
    let (verification, peak) = verified(&memory);
    assert_eq!(verification.findings, []);
    assert!(peak < 1 << 20, "{peak} bytes for {} records", verification.checkpoint.size());
}

#[test]
fn a_log_of_which_nothing_is_left_takes_little_more() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    append(&log, 40_000);
    let size = log.close().unwrap().size();
    let mut files = memory.files();
    files.retain(|path, _| !path.starts_with("tile/entries"));
    let storage = Memory::of(&files).storage();
    let (verification, peak) = peak_of(|| verify_on(storage, &verifying(), &[]).unwrap());
    assert_eq!(verification.findings[0], Finding::Removed { indexes: 0..size });
    assert!(peak < 16 << 20, "{peak} bytes");
}
