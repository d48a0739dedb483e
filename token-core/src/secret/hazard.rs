//! Hazard pointers: which vaults the threads of this process are reading.
//!
//! A reader stores the vault's address in a slot of its own thread, then looks at the vault's
//! state. A wiper changes the state, then looks through all slots. Neither side may look before its
//! own store is visible, which takes a full fence on both sides. The kernel's `membarrier` lets the
//! wiper, which runs rarely, execute the fence for both sides (as Folly's hazard pointers do).

use alloc::{boxed::Box, vec::Vec};
use core::{
    cell::Cell,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many tokens one thread may hold exposed at a time before it falls back
/// to the vault's counter.
const PER_THREAD: usize = 4;

/// The hazard pointers of one thread. Only that thread stores an address; any thread may take an
/// address back, since an exposure can be sent to another thread.
#[derive(Default)]
#[repr(align(64))] // One cache line, so that threads don't slow each other.
struct Slots([AtomicPtr<()>; PER_THREAD]);

/// All slots, and those of them whose thread has ended.
struct Registry {
    all: Vec<&'static Slots>,
    free: Vec<&'static Slots>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { all: Vec::new(), free: Vec::new() });

thread_local! {
    static MINE: Cell<Option<&'static Slots>> = const { Cell::new(None) };
    static LEASE: Lease = Lease::new();
}

/// A slot that holds the address of a vault.
pub(super) struct Hazard(&'static AtomicPtr<()>);

impl Hazard {
    #[inline]
    pub(super) fn withdraw(&self) {
        self.0.store(ptr::null_mut(), Ordering::Release);
        fence::light();
    }
}

/// Protects `vault` from being wiped. `None` if this thread has no free slot.
#[inline]
pub(super) fn announce(vault: *mut ()) -> Option<Hazard> {
    let mine = match MINE.get() {
        Some(mine) => mine,
        None => register()?,
    };
    let free = match mine.0.first() {
        Some(first) if is_free(first) => first,
        _ => find_free(mine)?,
    };
    free.store(vault, Ordering::Release);
    fence::light();
    Some(Hazard(free))
}

/// Called rarely: only while this thread has another exposure.
#[cold]
fn find_free(mine: &'static Slots) -> Option<&'static AtomicPtr<()>> {
    mine.0.iter().find(|slot| is_free(slot))
}

#[inline]
fn is_free(slot: &AtomicPtr<()>) -> bool {
    // Acquire: the reader that took its address back has finished reading.
    slot.load(Ordering::Acquire).is_null()
}

/// Whether any thread protects `vault`. The caller must have changed the vault's state before. If the kernel
/// refuses the fence, the answer is yes: then the vault stays closed, and is wiped when it is dropped.
pub(super) fn protects(vault: *mut ()) -> bool {
    let registry = registry();
    let hit = |slots: &&Slots| slots.0.iter().any(|slot| slot.load(Ordering::Acquire) == vault);
    !fence::heavy() || registry.all.iter().any(hit)
}

/// Gives this thread its slots. `None` while the thread is being torn down.
#[cold]
fn register() -> Option<&'static Slots> {
    LEASE.try_with(|lease| MINE.set(Some(lease.0))).ok()?;
    MINE.get()
}

fn registry() -> MutexGuard<'static, Registry> {
    // No code panics between two writes to the registry, so it is whole even if its lock is poisoned.
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the slots when the thread ends, so that the registry is as large as
/// the largest number of threads that ever ran at one time.
struct Lease(&'static Slots);

impl Lease {
    fn new() -> Self {
        let mut registry = registry();
        fence::prepare();
        let slots = registry.free.pop().unwrap_or_else(|| {
            let slots: &'static Slots = Box::leak(Box::default());
            registry.all.push(slots);
            slots
        });
        Self(slots)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        MINE.set(None);
        registry().free.push(self.0);
    }
}

/// A pair of fences: together they order like two `fence(SeqCst)`.
mod fence {
    use core::sync::atomic::{AtomicBool, Ordering, compiler_fence, fence};
    use std::sync::Once;

    /// Whether the kernel runs the readers' fence for us. Decided once, before
    /// the first announcement, so that both sides always agree.
    static BY_KERNEL: AtomicBool = AtomicBool::new(false);
    static DECIDED: Once = Once::new();

    /// The readers' fence.
    #[inline]
    pub(super) fn light() {
        if BY_KERNEL.load(Ordering::Relaxed) {
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }

    /// The wiper's fence. False if the kernel refused it.
    pub(super) fn heavy() -> bool {
        fence(Ordering::SeqCst);
        !BY_KERNEL.load(Ordering::SeqCst) || kernel::fence_all_threads()
    }

    /// Called under the registry's lock before a thread announces anything.
    pub(super) fn prepare() {
        DECIDED.call_once(|| BY_KERNEL.store(kernel::register(), Ordering::SeqCst));
    }

    #[cfg(target_os = "linux")]
    mod kernel {
        use rustix::thread::{MembarrierCommand, membarrier};

        pub(super) fn register() -> bool {
            membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
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
}
