//! What the readers, the waiters and the driver of one kind have between them.
//!
//! The unit tests run this crate over the types of `tests/orders/sync.rs` instead, through all orders of a few threads' steps.

#[cfg(test)]
pub(super) use super::orders::sync::{
    ArcSwapOption, AtomicBool, Condvar, Guard, Mutex, MutexGuard,
};
#[cfg(not(test))]
pub(super) use {
    arc_swap::{ArcSwapOption, Guard},
    std::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicBool},
};
