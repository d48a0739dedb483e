//! What the audit log promises of durability, on disks that fail, hang, fill up and lose power, in processes
//! that are killed, and against somebody who edits its files.
//!
//! `cargo test --test audit -- --nocapture` prints how many runs of each kind there were.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

#[path = "audit/child_process.rs"]
mod child_process;
#[path = "audit/disk.rs"]
mod disk;
#[path = "audit/faults.rs"]
mod faults;
#[path = "audit/fork.rs"]
mod fork;
#[path = "audit/full.rs"]
mod full;
#[path = "audit/hang.rs"]
mod hang;
#[path = "audit/kill.rs"]
mod kill;
#[path = "audit/notes.rs"]
mod notes;
#[path = "audit/power.rs"]
mod power;
#[path = "audit/support.rs"]
mod support;
#[path = "audit/tamper.rs"]
mod tamper;
#[path = "audit/torn.rs"]
mod torn;
#[path = "audit/writers.rs"]
mod writers;
