//! Values that were registered: found without a copy of them.

mod decode;
mod filter;
mod fingerprint;
mod scan;

use std::{sync::Arc, vec::Vec};

use self::filter::Filter;
pub(super) use self::fingerprint::{Fingerprint, Keys, WINDOW};
use super::{escape::Escape, label::Label};
use crate::TokenId;

/// All that is known of the registered values.
#[derive(Clone)]
pub(super) struct Foreign {
    keys: Keys,
    /// By fingerprint.
    entries: Vec<Entry>,
    filter: Filter,
    min_len: usize,
    max_len: usize,
}

/// A registered value.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) fingerprint: Fingerprint,
    pub(super) len: usize,
    pub(super) label: Label,
}

impl Foreign {
    pub(super) fn new(keys: Keys) -> Self {
        let filter = Filter::new(std::iter::empty());
        Self { keys, entries: Vec::new(), filter, min_len: WINDOW, max_len: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The same with one more value.
    pub(super) fn with(&self, entry: Entry) -> Self {
        let mut entries = self.entries.clone();
        let at = entries.partition_point(|other| other.fingerprint <= entry.fingerprint);
        entries.insert(at, entry);
        self.of(entries)
    }

    /// The same without one of the values that are equal to this.
    pub(super) fn without(&self, entry: &Entry) -> Self {
        let mut entries = self.entries.clone();
        if let Some(at) = entries.iter().position(|other| other == entry) {
            entries.remove(at);
        }
        self.of(entries)
    }

    fn of(&self, entries: Vec<Entry>) -> Self {
        let filter = Filter::new(entries.iter().map(|entry| entry.fingerprint));
        let min_len = entries.iter().map(|entry| entry.len).min().unwrap_or(WINDOW);
        let max_len = entries.iter().map(|entry| entry.len).max().unwrap_or_default();
        Self { keys: self.keys, entries, filter, min_len, max_len }
    }

    /// The longest that a value may be written.
    pub(super) fn max_written(&self) -> usize {
        self.max_len * Escape::MAX_UNIT
    }

    /// The values that end where `text` ends.
    fn ending<'a>(
        &'a self,
        text: &'a [u8],
        fingerprint: Fingerprint,
    ) -> impl Iterator<Item = &'a Entry> {
        let first = self.entries.partition_point(|entry| entry.fingerprint < fingerprint);
        let entries = self.entries.get(first..).unwrap_or_default().iter();
        entries.take_while(move |entry| entry.fingerprint == fingerprint).filter(|entry| {
            let start = text.len().checked_sub(entry.len);
            let value = start.and_then(|start| text.get(start..));
            value.is_some_and(|value| TokenId::of(value) == entry.label.id)
        })
    }

    pub(super) fn entry(&self, kind: &str, value: &[u8]) -> Option<Entry> {
        let window = value.last_chunk::<WINDOW>()?;
        let label = Label { kind: Arc::from(kind), id: TokenId::of(value) };
        Some(Entry { fingerprint: self.keys.fingerprint(window), len: value.len(), label })
    }
}

/// Whether a byte can be part of a registered value in any form.
pub(super) const fn can_be_part(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == 0
}
