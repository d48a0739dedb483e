//! Scans a text in memory or from a reader.

use std::io::Read;

use crate::scanner::{Scanner, Work};
use crate::{Error, Report, Skipped, Why};

impl Scanner {
    /// Scans a text in memory. `name` is its path in the findings. If it ends in `.rs`, the text is read as Rust.
    pub fn bytes(&self, name: &str, bytes: &[u8]) -> Report {
        let mut report = self.file(name, bytes, None, &mut Work::default()).report;
        report.sort();
        report
    }

    /// Returns lines of a text as the excerpts of findings show them: with everything masked that may be a token or a
    /// part of one. A line that is too long is `None`. Lines count from 1. For `name`, see [`bytes`](Scanner::bytes).
    pub fn excerpts(&self, name: &str, text: &str, lines: &[u32]) -> Vec<Option<String>> {
        self.lines_of(name, text.as_bytes(), lines, &mut Work::default())
    }

    /// Scans what a reader gives, up to [`Scan::max_file_bytes`](crate::Scan::max_file_bytes). If there is more, the
    /// report has a notice about it. For `name`, see [`bytes`](Scanner::bytes).
    ///
    /// # Errors
    ///
    /// Fails if reading fails.
    pub fn reader(&self, name: &str, reader: impl Read) -> Result<Report, Error> {
        let most = self.settings.max_file_bytes;
        let mut bytes = Vec::new();
        let read = reader.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| Error::io(name, &error))?;
        let too_large = u64::try_from(bytes.len()).is_ok_and(|length| length > most);
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let mut report = self.bytes(name, &bytes);
        if too_large {
            let path = self.without_tokens(name, &mut Work::default());
            report.skipped.push(Skipped { path, why: Why::TooLarge });
        }
        Ok(report)
    }
}
