//! What the threads of a log have between them.
//!
//! The unit tests run the log over the types of `tests/threads/sync.rs` instead, through all orders of a few threads' steps.

#[cfg(test)]
pub(super) use super::threads::sync::{AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard, thread};
#[cfg(not(test))]
pub(super) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicU64, AtomicUsize},
    },
    thread,
};
