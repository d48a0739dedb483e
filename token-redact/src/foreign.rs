//! Finds registered values without keeping a copy of them.

mod beginning;
mod decode;
mod filter;
mod fingerprint;
mod scan;

use std::sync::Arc;

use self::beginning::{Beginning, Beginnings};
pub(super) use self::beginning::{LOOK, Waiting};
use self::filter::Filter;
use self::fingerprint::Digest;
pub(super) use self::fingerprint::{Fingerprint, Keys, WINDOW};
use super::{escape::Escape, label::Label};
use token_core::TokenId;

/// Holds all that is kept of the registered values.
#[derive(Clone)]
pub(super) struct Foreign {
    keys: Keys,
    /// The values, sorted by fingerprint, start and length.
    entries: Vec<Entry>,
    filter: Filter,
    beginnings: Beginnings,
    /// The least number of bytes that any value has before its window.
    min_start: usize,
    min_len: usize,
    max_len: usize,
}

/// All that is kept of one registered value.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The fingerprint of the value's window.
    fingerprint: Fingerprint,
    /// The offset in the value at which the window begins.
    start: usize,
    len: usize,
    beginning: Beginning,
    digest: Digest,
    pub(super) label: Label,
}

impl Foreign {
    pub(super) fn new(keys: Keys) -> Self {
        Self::of(keys, Vec::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns a copy of these values, with one more.
    pub(super) fn with(&self, entry: Entry) -> Self {
        let mut entries = self.entries.clone();
        let at = entries.partition_point(|other| other.order() <= entry.order());
        entries.insert(at, entry);
        Self::of(self.keys, entries)
    }

    /// Returns a copy of these values without one that is equal to `entry`.
    pub(super) fn without(&self, entry: &Entry) -> Self {
        let mut entries = self.entries.clone();
        if let Some(at) = entries.iter().position(|other| other == entry) {
            entries.remove(at);
        }
        Self::of(self.keys, entries)
    }

    /// Returns a copy of these values, with those of `earlier` that left since.
    pub(super) fn and(&self, earlier: &Self) -> Self {
        let left = earlier.entries.iter().filter(|entry| !self.entries.contains(entry));
        let mut entries = self.entries.iter().chain(left).cloned().collect::<Vec<_>>();
        entries.sort_by_key(Entry::order);
        Self::of(self.keys, entries)
    }

    fn of(keys: Keys, entries: Vec<Entry>) -> Self {
        let filter = Filter::new(entries.iter().map(|entry| entry.fingerprint));
        let beginnings = Beginnings::new(entries.iter().map(|entry| &entry.beginning));
        let min_start = entries.iter().map(|entry| entry.start).min().unwrap_or_default();
        let min_len = entries.iter().map(|entry| entry.len).min().unwrap_or(WINDOW);
        let max_len = entries.iter().map(|entry| entry.len).max().unwrap_or_default();
        Self { keys, entries, filter, beginnings, min_start, min_len, max_len }
    }

    /// Returns the most bytes in which a value can be written.
    pub(super) fn max_written(&self) -> usize {
        self.max_len * Escape::MAX_UNIT
    }

    /// Returns the most bytes in which a value can be written without escapes.
    pub(super) fn max_plain(&self) -> usize {
        self.max_len * 2
    }

    /// Yields the values in `text` whose window stands at `window` and has this fingerprint, each with its beginning,
    /// its end and its entry.
    fn around<'a>(
        &'a self,
        text: &'a [u8],
        window: usize,
        fingerprint: Fingerprint,
    ) -> impl Iterator<Item = (usize, usize, &'a Entry)> {
        let first = self.entries.partition_point(|entry| entry.fingerprint < fingerprint);
        let entries = self.entries.get(first..).unwrap_or_default().iter();
        let mut hashed = None;
        entries.take_while(move |entry| entry.fingerprint == fingerprint).filter_map(move |entry| {
            let start = window.checked_sub(entry.start)?;
            let end = start + entry.len;
            let value = text.get(start..end)?;
            // Any number of values may have the same window and length. The text at their common place is hashed only
            // once.
            let digest = match hashed {
                Some((place, digest)) if place == (start, end) => digest,
                _ => self.keys.digest(value),
            };
            hashed = Some(((start, end), digest));
            (digest == entry.digest).then_some((start, end, entry))
        })
    }

    pub(super) fn entry(&self, kind: &str, value: &[u8]) -> Option<Entry> {
        let start = value.windows(WINDOW).rposition(|window| !repeats(window))?;
        let window = value.get(start..)?.first_chunk()?;
        let label = Label { kind: Arc::from(kind), id: TokenId::of(value) };
        let (fingerprint, digest) = (self.keys.fingerprint(window), self.keys.digest(value));
        let beginning = Beginning::of(self.keys, value)?;
        Some(Entry { fingerprint, start, len: value.len(), beginning, digest, label })
    }
}

impl Entry {
    /// Returns the key by which entries are sorted. Those that share one hash in `around` stand side by side.
    fn order(&self) -> (Fingerprint, usize, usize) {
        (self.fingerprint, self.start, self.len)
    }
}

/// Returns whether a window repeats a sequence of fewer than [`MIN_PERIOD`] bytes.
///
/// A text can have such a window at each of its bytes, and at each the value would be hashed. Any other window occurs
/// again after [`MIN_PERIOD`] bytes at the earliest. Every value that may be registered has a window that does not
/// repeat. If all its windows repeated, the whole value would repeat a sequence of fewer bytes, because neighbouring
/// windows have too much in common to repeat different sequences (Fine and Wilf).
fn repeats(window: &[u8]) -> bool {
    (1..MIN_PERIOD).any(|period| window.iter().skip(period).eq(window.iter().take(WINDOW - period)))
}

/// At most half of a window, and the least number of different bytes that a value has.
const MIN_PERIOD: usize = 8;

/// Returns whether a byte can be part of a registered value in any form.
pub(super) const fn can_be_part(byte: u8) -> bool {
    byte.is_ascii_graphic() | (byte == 0)
}

/// Returns how many bytes at the beginning of a text are fit.
#[inline]
fn leading(text: &[u8], is_fit: impl Fn(u8) -> bool) -> usize {
    // The loop has no branches, so that the compiler checks several bytes at a time.
    let all = |bytes: &&[u8]| bytes.iter().fold(true, |all, byte| all & is_fit(*byte));
    let pieces = text.chunks_exact(16).take_while(all).count();
    let rest = text.get(16 * pieces..).unwrap_or_default();
    16 * pieces + rest.iter().position(|byte| !is_fit(*byte)).unwrap_or(rest.len())
}
