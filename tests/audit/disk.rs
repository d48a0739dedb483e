//! Disks that do what real ones do on their worst days.

pub mod faulty;
pub mod volatile;

pub use faulty::{Fault, Faulty, Op, What};
pub use volatile::{Crash, Volatile};
