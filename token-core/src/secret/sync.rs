//! What `vault` and `hazard` share between threads.
//!
//! The test `hazards` runs these two modules with loom's types in the place of these, through all interleavings.

pub(super) use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
#[cfg(feature = "std")]
pub(super) use {core::sync::atomic::AtomicPtr, std::thread_local};

/// A static variable, whose type loom cannot make at compile time.
#[cfg(feature = "std")]
macro_rules! global {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr) => {
        $(#[$meta])*
        static $name: $type = $value;
    };
}
#[cfg(feature = "std")]
pub(super) use global;
