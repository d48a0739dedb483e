//! The vault and its hazard pointers, through all interleavings of a few threads.
//!
//! The modules `vault` and `hazard` are the files of token-core. Around them stand loom's atomics, and a secret that
//! tells loom when it is read and when it is wiped. loom then runs each model through every order in which the threads'
//! steps may be seen, and finds a wipe that does not come after the last read. `membarrier` is a `SeqCst` fence on both
//! sides here, since that is what it adds up to; see `fence` in token-core for what happens when the kernel refuses it.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests, and code of token-core"
)]

#[path = "hazards/fence.rs"]
mod fence;
mod fork {
    /// No model forks.
    pub(super) fn in_children(_: extern "C" fn()) {}
}
#[path = "../src/secret/hazard.rs"]
mod hazard;
#[path = "hazards/secret.rs"]
mod secret;
#[path = "hazards/sync.rs"]
mod sync;
#[path = "../src/secret/vault.rs"]
mod vault;

extern crate alloc;

use std::{env, process::Command};

use loom::{model::Builder, sync::Arc, thread};

use fence::Fault;
use secret::Secret;
use vault::Vault;

/// Looks at the secret when a reading begins and when it ends.
fn read(vault: &Vault) -> bool {
    let Some(reading) = vault.read() else { return false };
    assert_eq!(reading.bytes(), b"x");
    thread::yield_now();
    assert_eq!(reading.bytes(), b"x");
    true
}

/// All that any thread does is over: who was the last has wiped.
fn assert_wiped(vault: &Vault) {
    assert!(vault.is_wiped(), "closed, and nobody reads it, and it is not wiped");
    assert!(!read(vault));
}

fn two_readers_and_a_wiper() {
    let vault = Arc::new(Vault::new(Secret::new(), None));
    let readers = [(); 2].map(|()| {
        let vault = Arc::clone(&vault);
        thread::spawn(move || {
            read(&vault);
        })
    });
    vault.close();
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_wiped(&vault);
}

/// A reader reads twice, and a second thread finds the token expired, too.
fn a_reader_and_two_wipers() {
    let vault = Arc::new(Vault::new(Secret::new(), None));
    let reader = thread::spawn({
        let vault = Arc::clone(&vault);
        move || {
            read(&vault);
            read(&vault);
        }
    });
    let wiper = thread::spawn({
        let vault = Arc::clone(&vault);
        move || vault.close()
    });
    vault.close();
    reader.join().unwrap();
    wiper.join().unwrap();
    assert_wiped(&vault);
}

/// The reader has another token exposed, so that it reads by a further slot; and it forgets one of a third token.
fn a_reader_of_several() {
    let vault = Arc::new(Vault::new(Secret::new(), None));
    let reader = thread::spawn({
        let vault = Arc::clone(&vault);
        move || {
            let (other, third) = (Vault::new(Secret::new(), None), Vault::new(Secret::new(), None));
            #[expect(clippy::mem_forget, reason = "what is tested")]
            std::mem::forget(third.read().unwrap());
            let _held = other.read().unwrap();
            read(&vault);
        }
    });
    vault.close();
    reader.join().unwrap();
    assert_wiped(&vault);
}

/// An exposure is made on one thread and ends on another.
fn a_reading_that_was_sent() {
    let vault = Arc::new(Vault::new(Secret::new(), None));
    let closer = thread::spawn({
        let vault = Arc::clone(&vault);
        move || vault.close()
    });
    if let Some(reading) = vault.read() {
        // loom has no scoped threads.
        let reading: vault::Reading<'static> = secret::outlived(reading);
        let ender = thread::spawn(move || {
            assert_eq!(reading.bytes(), b"x");
            drop(reading);
        });
        ender.join().unwrap();
    }
    closer.join().unwrap();
    assert_wiped(&vault);
}

fn check(model: fn(), fault: Fault) {
    let mut builder = Builder::new();
    // Each thread may be interrupted so many times; all known faults need one.
    builder.preemption_bound = Some(3);
    builder.check(move || {
        fault.plant();
        model();
    });
}

#[test]
fn nobody_reads_what_is_wiped_and_what_is_closed_is_wiped() {
    check(two_readers_and_a_wiper, Fault::None);
    check(a_reader_and_two_wipers, Fault::None);
    check(a_reader_of_several, Fault::None);
    check(a_reading_that_was_sent, Fault::None);
}

/// A model that finds nothing proves nothing, unless it finds what is planted. Each fault has a process of its own, since
/// loom cannot clean up after a failure.
#[test]
fn planted_faults_are_found() {
    if let Ok(fault) = env::var("FAULT") {
        return check(a_reader_and_two_wipers, Fault::named(&fault));
    }
    for fault in ["readers", "wipers", "both"] {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "planted_faults_are_found", "--nocapture"]).env("FAULT", fault);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{fault}");
        assert!(
            text.contains("Causality violation") || text.contains("not wiped"),
            "{fault}: {text}"
        );
    }
}
