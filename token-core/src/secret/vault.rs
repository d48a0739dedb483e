//! A secret that can be wiped while it is shared.
//!
//! A token is used through `&Token` by many threads, and the one that finds it expired must wipe it
//! at once. The wipe must not race with a thread that is still reading, so readers announce
//! themselves, and the wipe happens when no reader is left: at once, or when the last reader leaves.
//!
//! Readers use hazard pointers (M. Michael, "Hazard Pointers: Safe Memory
//! Reclamation for Lock-Free Objects", IEEE TPDS 2004) because two locked
//! instructions on a shared counter cost more than the whole exposure may.
//! The counter remains as the fallback: without `std`, for a reader that finds all hazard pointers
//! of its thread taken, and while a thread is being torn down.

use alloc::boxed::Box;
use core::{any::Any, cell::UnsafeCell};

use zeroize::Zeroize;

use super::{
    Secret, hazard,
    sync::{AtomicU8, AtomicUsize, Ordering},
};

/// The secret can be read.
const LIVE: u8 = 0;
/// No new readers; to be wiped as soon as no reader is left.
const CLOSED: u8 = 1;
/// Some thread has claimed the wipe.
const WIPED: u8 = 2;

/// What is kept until the secret is wiped, and dropped then.
pub(crate) type Kept = Box<dyn Any + Send + Sync>;

/// Fields drop in order: the secret is wiped before `kept` is dropped.
pub(crate) struct Vault {
    secret: UnsafeCell<Secret>,
    kept: UnsafeCell<Option<Kept>>,
    state: AtomicU8,
    /// What the hazard pointers call this vault.
    tag: usize,
    /// The number of readers without a hazard pointer.
    counted: AtomicUsize,
}

// SAFETY: the cells are written only by `try_wipe`, by the one thread that moved
// `state` from CLOSED to WIPED after it proved that no `Reading` exists; a
// `Reading` exists only if its announcement was in place while `state` was
// still LIVE. Nobody else looks at `kept`, which is `Send`. Everything else is atomic.
unsafe impl Sync for Vault {}

impl Vault {
    pub(crate) fn new(secret: Secret, kept: Option<Kept>) -> Self {
        Self {
            secret: UnsafeCell::new(secret),
            kept: UnsafeCell::new(kept),
            state: AtomicU8::new(LIVE),
            tag: hazard::new_tag(),
            counted: AtomicUsize::new(0),
        }
    }

    /// Lets the caller read until the `Reading` is dropped. `None` once closed.
    #[inline]
    pub(crate) fn read(&self) -> Option<Reading<'_>> {
        if !self.is_live() {
            self.wipe_if_left();
            return None;
        }
        let reading = Reading { vault: self, announced: self.announce() };
        // Announce first, look second: see `try_wipe`. If the vault is closed, `reading` is
        // dropped, which takes the announcement back.
        (self.state.load(Ordering::SeqCst) == LIVE).then_some(reading)
    }

    /// Whether the bytes are zeros.
    pub(crate) fn is_wiped(&self) -> bool {
        self.state.load(Ordering::SeqCst) == WIPED
    }

    /// Whether the vault was not closed yet.
    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        self.state.load(Ordering::SeqCst) == LIVE
    }

    /// Refuses new readers, and wipes the secret as soon as no reader is left.
    #[cold]
    pub(crate) fn close(&self) {
        // An error means that the vault was closed before; then only the wipe may be left to do.
        let _ = self.state.compare_exchange(LIVE, CLOSED, Ordering::SeqCst, Ordering::SeqCst);
        self.try_wipe();
    }

    /// The secret and what is kept with it, for a caller that owns the vault. `None` once closed.
    pub(crate) fn into_secret(self) -> Option<(Secret, Option<Kept>)> {
        let live = self.state.into_inner() == LIVE;
        live.then_some((self.secret.into_inner(), self.kept.into_inner()))
    }

    #[cold]
    fn try_wipe(&self) {
        if self.has_readers() {
            return; // The last reader calls this again when it leaves.
        }
        let claim = self.state.compare_exchange(CLOSED, WIPED, Ordering::SeqCst, Ordering::SeqCst);
        if claim.is_ok() {
            // SAFETY: the state was CLOSED before `has_readers` looked. A
            // reader that announced itself before that look would have been
            // seen; one that announced itself later finds the state not LIVE
            // and never touches the cell. Only one thread wins the claim.
            unsafe { &mut *self.secret.get() }.bytes_mut().zeroize();
            // SAFETY: as above, and only the winner of the claim ever touches this cell.
            drop(unsafe { &mut *self.kept.get() }.take());
        }
    }

    /// Wipes a closed vault that nobody will wipe otherwise. If a reader is there, it wipes when it leaves. But the reader
    /// may have been in the process that forked this one, or the fence may have been refused.
    #[cold]
    fn wipe_if_left(&self) {
        if self.state.load(Ordering::SeqCst) == CLOSED
            && self.counted.load(Ordering::SeqCst) == 0
            && !hazard::seems_to_protect(self.tag)
        {
            self.try_wipe();
        }
    }

    fn has_readers(&self) -> bool {
        self.counted.load(Ordering::SeqCst) > 0 || hazard::protects(self.tag)
    }

    #[inline]
    fn announce(&self) -> Announced {
        match hazard::announce(self.tag) {
            Some(hazard) => Announced::Hazard(hazard),
            None => self.count(),
        }
    }

    #[cold]
    fn count(&self) -> Announced {
        self.counted.fetch_add(1, Ordering::SeqCst);
        Announced::Counted
    }
}

enum Announced {
    Hazard(hazard::Hazard),
    Counted,
}

/// Permission to read. While it lives, the bytes are not wiped.
pub(crate) struct Reading<'v> {
    vault: &'v Vault,
    announced: Announced,
}

impl Reading<'_> {
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: while this reading is announced, no thread writes the cell (see `try_wipe`).
        unsafe { &*self.vault.secret.get() }.bytes()
    }
}

impl Drop for Reading<'_> {
    #[inline]
    fn drop(&mut self) {
        match &self.announced {
            Announced::Hazard(hazard) => hazard.withdraw(),
            Announced::Counted => {
                self.vault.counted.fetch_sub(1, Ordering::SeqCst);
            }
        }
        // Withdraw first, look second: if the vault was closed meanwhile, the closing thread saw
        // this reader and left the wipe to it.
        if self.vault.state.load(Ordering::SeqCst) == CLOSED {
            self.vault.try_wipe();
        }
    }
}
