//! What the audit log promises of durability, on disks that fail, hang, fill up and lose power, in processes
//! that are killed, and against somebody who edits its files.
//!
//! `cargo test -p token-audit --test disk -- --nocapture` prints how many runs of each kind there were.

#![cfg(target_os = "linux")]
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests, and a fork in them"
)]

#[path = "disk/bound.rs"]
mod bound;
#[path = "disk/child.rs"]
mod child;
#[path = "disk/child_process.rs"]
mod child_process;
#[path = "disk/disks.rs"]
mod disks;
#[path = "disk/faults.rs"]
mod faults;
#[path = "disk/fork.rs"]
mod fork;
#[path = "disk/forked.rs"]
mod forked;
#[path = "disk/full.rs"]
mod full;
#[path = "disk/hang.rs"]
mod hang;
#[path = "disk/journals.rs"]
mod journals;
#[path = "disk/kill.rs"]
mod kill;
#[path = "disk/locked.rs"]
mod locked;
#[path = "disk/mutated.rs"]
mod mutated;
#[path = "disk/notes.rs"]
mod notes;
#[path = "disk/orders.rs"]
mod orders;
#[path = "disk/power.rs"]
mod power;
#[path = "disk/replaced.rs"]
mod replaced;
#[path = "disk/room.rs"]
mod room;
#[path = "disk/support.rs"]
mod support;
#[path = "disk/survivors.rs"]
mod survivors;
#[path = "disk/tamper.rs"]
mod tamper;
#[path = "disk/torn.rs"]
mod torn;
#[path = "disk/writers.rs"]
mod writers;
