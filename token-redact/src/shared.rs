//! Holds the prefixes and values that are looked for. All streams share them.

use std::{
    string::String,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    foreign::{Entry, Foreign, Keys},
    label::Label,
    own::Own,
};
use token_core::wipe;

pub(super) struct Shared {
    pub(super) own: Own,
    foreign: Mutex<Arc<Foreign>>,
    /// How often `foreign` was changed.
    version: AtomicU64,
    /// How many tokens were masked.
    count: AtomicU64,
    /// The label of the token that was masked last.
    last: Mutex<Option<Label>>,
}

impl Shared {
    pub(super) fn new(own: Own) -> Self {
        Self {
            own,
            foreign: Mutex::new(Arc::new(Foreign::new(Keys::random()))),
            version: AtomicU64::new(0),
            count: AtomicU64::new(0),
            last: Mutex::new(None),
        }
    }

    pub(super) fn foreign(&self) -> (Arc<Foreign>, u64) {
        let foreign = lock(&self.foreign);
        (foreign.clone(), self.version())
    }

    #[inline]
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(super) fn note(&self, label: &Label) {
        *lock(&self.last) = Some(label.clone());
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn remove(&self, entry: &Entry) {
        self.change(|foreign| foreign.without(entry));
    }

    /// Adds a value, which is masked from now on, and returns its entry. Returns `None` if the value has no window that
    /// can be searched for.
    pub(super) fn add(&self, kind: &str, value: &[u8]) -> Option<Entry> {
        let entry = lock(&self.foreign).entry(kind, value);
        wipe::registers();
        let entry = entry?;
        self.change(|foreign| foreign.with(entry.clone()));
        Some(entry)
    }

    /// Returns how many tokens were masked.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Returns the text that replaced the last token, or an empty text if no token was masked.
    pub(super) fn last(&self) -> String {
        let last = lock(&self.last).clone();
        last.map(|label| std::format!("{label}")).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&Foreign) -> Foreign) {
        let mut foreign = lock(&self.foreign);
        *foreign = Arc::new(change(&foreign));
        self.version.fetch_add(1, Ordering::AcqRel);
    }
}

/// Takes a lock, even after a panic of another thread, because the data is whole whenever the lock is free.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
