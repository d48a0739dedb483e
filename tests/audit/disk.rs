//! Disks that do what real ones do on their worst days.

#[path = "disk/faulty.rs"]
#[allow(dead_code, reason = "what only the child needs")]
pub(crate) mod faulty;
#[path = "disk/volatile.rs"]
pub(crate) mod volatile;

pub(crate) use faulty::{Fault, Faulty, Op, What};
pub(crate) use volatile::{Crash, Random, Volatile};
