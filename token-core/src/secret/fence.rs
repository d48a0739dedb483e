//! A pair of fences: together they order like two `fence(SeqCst)`.
//!
//! Readers run the light one at each exposure, a wiper runs the heavy one. The kernel's `membarrier` lets the wiper,
//! which runs rarely, execute the fence for both sides (as Folly's hazard pointers do), and the readers' fence is then
//! free. The kernel may stop doing so: a seccomp filter that is installed later may refuse `membarrier`. From then on
//! readers run a full fence, and the wiper trusts a thread only after it has told that it did.

use core::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

/// Who runs the readers' fence. It changes at most twice, in this order.
static READERS_FENCE: AtomicU8 = AtomicU8::new(UNDECIDED);

/// Nobody has read anything yet.
const UNDECIDED: u8 = 0;
/// The kernel does, when a wiper asks it.
const BY_KERNEL: u8 = 1;
/// The reader does.
const BY_READER: u8 = 2;

/// For which threads a wiper's fence counts.
#[derive(PartialEq, Eq)]
pub(super) enum Reach {
    All,
    /// Those that have run a full fence of their own.
    Fenced,
}

/// The readers' fence. Returns whether it was a full one; then all later ones of this thread are.
#[inline]
pub(super) fn light() -> bool {
    let by_kernel = READERS_FENCE.load(Ordering::Relaxed) == BY_KERNEL;
    if by_kernel {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
    !by_kernel
}

/// The wiper's fence. The kernel is not asked if `is_alone` says, after a fence of this thread, that no other thread has
/// hazard pointers: one that takes its first then runs a [`full`] fence, and so finds what the wiper did before.
#[cold]
pub(super) fn heavy(is_alone: impl FnOnce() -> bool) -> Reach {
    let readers = READERS_FENCE.load(Ordering::SeqCst);
    fence(Ordering::SeqCst);
    match readers {
        _ if is_alone() => Reach::All,
        BY_KERNEL if kernel::fence_all_threads() => Reach::All,
        BY_KERNEL => {
            READERS_FENCE.store(BY_READER, Ordering::SeqCst);
            // A thread that the wiper does not find yet will find this change.
            fence(Ordering::SeqCst);
            Reach::Fenced
        }
        _ => Reach::Fenced,
    }
}

/// Runs a full fence, and returns whether all later [`light`] fences of this thread are full ones.
#[cold]
pub(super) fn full() -> bool {
    fence(Ordering::SeqCst);
    READERS_FENCE.load(Ordering::SeqCst) == BY_READER
}

pub(super) fn is_decided() -> bool {
    READERS_FENCE.load(Ordering::SeqCst) != UNDECIDED
}

/// Decides who runs the readers' fence. Called before a thread announces anything.
#[cold]
pub(super) fn decide() {
    let readers = if kernel::register() { BY_KERNEL } else { BY_READER };
    let (set, failed) = (Ordering::SeqCst, Ordering::SeqCst);
    // An error means that another thread has decided. What counts is that all know the same.
    let _ = READERS_FENCE.compare_exchange(UNDECIDED, readers, set, failed);
}

#[cfg(target_os = "linux")]
mod kernel {
    use rustix::thread::{MembarrierCommand, membarrier};

    /// Also tries it, since a filter may permit the one and refuse the other.
    pub(super) fn register() -> bool {
        membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
            && membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    }

    pub(super) fn fence_all_threads() -> bool {
        membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn fence_all_threads() -> bool {
        false
    }
}
