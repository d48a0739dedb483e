//! loom's types in the place of the standard library's and of arc-swap's.

use std::{ops::Deref, sync::Arc};

pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicBool};

/// As arc-swap's: `load` gives what is there at one moment, and keeps it alive; `swap` puts another one there and gives back what
/// was. arc-swap takes no lock, but has readers see these operations in one order, as this does.
pub(crate) struct ArcSwapOption<T>(Mutex<Option<Arc<T>>>);

impl<T> ArcSwapOption<T> {
    pub(crate) fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn load(&self) -> Guard<Option<Arc<T>>> {
        Guard(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn swap(&self, new: Option<Arc<T>>) -> Option<Arc<T>> {
        std::mem::replace(&mut *self.0.lock().unwrap(), new)
    }
}

/// As arc-swap's, what was loaded.
pub(crate) struct Guard<T>(T);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
