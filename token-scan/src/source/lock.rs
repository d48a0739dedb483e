//! What several threads fill.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes it, also after a thread that had it panicked: what it had added stays true.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
