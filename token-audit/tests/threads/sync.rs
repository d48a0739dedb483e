//! loom's types in the place of the standard library's.

use std::{
    sync::{
        LockResult,
        atomic::{AtomicU64 as Count, Ordering},
    },
    time::Duration,
};

use loom::sync::{self, WaitTimeoutResult};
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, AtomicUsize},
};

/// Which wake-ups are lost: the last digits say which one of each model, from 1 on. 0 is none.
pub(crate) static LOST: Count = Count::new(0);

/// How many there were.
pub(crate) static WOKEN: Count = Count::new(0);

/// loom's, of which one wake-up can be lost, to see whether that is found. A wait for a time ends only when it is woken, so that
/// nobody is saved by a deadline.
#[derive(Default)]
pub(crate) struct Condvar(sync::Condvar);

impl Condvar {
    pub(crate) fn wait<'m, T>(&self, guard: MutexGuard<'m, T>) -> LockResult<MutexGuard<'m, T>> {
        self.0.wait(guard)
    }

    pub(crate) fn wait_timeout<'m, T>(
        &self,
        guard: MutexGuard<'m, T>,
        at_most: Duration,
    ) -> LockResult<(MutexGuard<'m, T>, WaitTimeoutResult)> {
        self.0.wait_timeout(guard, at_most)
    }

    pub(crate) fn notify_one(&self) {
        if !is_lost() {
            self.0.notify_one();
        }
    }

    pub(crate) fn notify_all(&self) {
        if !is_lost() {
            self.0.notify_all();
        }
    }
}

fn is_lost() -> bool {
    let number = WOKEN.fetch_add(1, Ordering::SeqCst) + 1;
    number == LOST.load(Ordering::SeqCst)
}

pub(crate) mod thread {
    use std::io;

    pub(crate) use loom::thread::{JoinHandle, ThreadId, current, yield_now};

    /// One whose threads have room for code that is not optimized.
    pub(crate) struct Builder(loom::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self(loom::thread::Builder::new().stack_size(1 << 18))
        }

        pub(crate) fn name(self, name: String) -> Self {
            Self(self.0.name(name))
        }

        pub(crate) fn spawn<T: Send + 'static>(
            self,
            run: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            self.0.spawn(run)
        }
    }
}
