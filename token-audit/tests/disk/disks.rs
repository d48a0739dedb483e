//! Disks that do what real ones do on their worst days.

#[path = "disks/faulty.rs"]
pub(crate) mod faulty;
#[path = "disks/volatile.rs"]
pub(crate) mod volatile;

pub(crate) use faulty::{Fault, Faulty, Op, What};
pub(crate) use volatile::{Crash, Random, Volatile};
