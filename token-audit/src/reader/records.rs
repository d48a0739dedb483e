//! Streams records, with one bundle in memory at a time.

use std::collections::VecDeque;

use super::Reader;
use crate::{Error, Filter, Record, journal, merkle::TILE_WIDTH};

/// Iterates over the records of a log that a filter lets through, in order.
///
/// An entry of the log that is no record yields an error in its place, and the records after it follow. After an
/// error of the log itself (`LogDamaged`, `Io`) the iterator ends.
#[must_use = "an iterator does nothing until it is used"]
#[derive(Debug)]
pub struct Records<'r> {
    reader: &'r Reader,
    filter: Filter,
    /// The index of the first record that was not read yet.
    next: u64,
    read: VecDeque<Result<Record, Error>>,
}

impl<'r> Records<'r> {
    pub(super) fn new(reader: &'r Reader, filter: Filter) -> Self {
        Self { reader, next: filter.from_index, filter, read: VecDeque::new() }
    }

    /// Reads bundles until there is a record to return, or no bundle is left.
    fn fill(&mut self) -> Result<(), Error> {
        let size = self.reader.checkpoint.size();
        while self.read.is_empty() && self.next < size {
            let (bundle, bytes) = self.reader.bundle(self.next)?;
            let end = (bundle.start() + TILE_WIDTH).min(size);
            let entries = (bundle.start()..end).zip(journal::entries(&bytes).flatten());
            for (_, entry) in entries.skip_while(|(index, _)| *index < self.next) {
                let record = Record::parse(entry).map_err(|error| self.reader.here(error));
                if record.as_ref().map_or(true, |record| self.filter.matches(record)) {
                    self.read.push_back(record);
                }
            }
            self.next = end;
        }
        Ok(())
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.fill() {
            self.next = u64::MAX;
            return Some(Err(error));
        }
        self.read.pop_front()
    }
}
