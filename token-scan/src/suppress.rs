//! Suppresses findings that are accepted for a reason and, in a file of suppressions, until a date.

mod date;
mod entry;
pub(crate) mod inline;

use token_policy::Level;
use token_policy::report::{Finding, Place};

pub(crate) use self::date::today;
pub use self::entry::{Entry, EntryError};
use crate::finding::to_u32;

/// Holds the entries of a file of suppressions.
#[derive(Default)]
pub(crate) struct Suppressions {
    /// The file's path, for findings about it.
    path: String,
    /// The entries, each with the number of its line.
    entries: Vec<(usize, Entry)>,
    today: i64,
}

impl Suppressions {
    pub(crate) fn read(path: &str, text: &str, today: i64) -> Result<Suppressions, crate::Error> {
        let mut entries = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = Entry::parse(line)
                .map_err(|error| crate::Error::suppressions(path, number + 1, error.as_str()))?;
            entries.push((number + 1, entry));
        }
        Ok(Suppressions { path: path.to_owned(), entries, today })
    }

    /// Returns the indices of the entries that accept a value. There may be several after two branches were merged.
    pub(crate) fn matching(&self, rule: &str, path: &str, value: &[u8]) -> Vec<usize> {
        let entries = self.entries.iter().enumerate();
        let valid = entries.filter(|(_, (_, entry))| !entry.has_expired(self.today));
        valid
            .filter(|(_, (_, entry))| entry.accepts(rule, path, value))
            .map(|(number, _)| number)
            .collect()
    }

    /// Returns findings about the entries themselves: those that have expired, and those that suppressed nothing
    /// although they could have. `used` holds the indices of entries that did suppress something; `could_be_used` says
    /// whether an entry could have.
    pub(crate) fn findings(
        &self,
        used: &[usize],
        could_be_used: impl Fn(&Entry) -> bool,
    ) -> Vec<Finding> {
        let entries = self.entries.iter().enumerate();
        let finding = |(number, entry): (usize, &(usize, Entry))| {
            self.finding(entry, used.contains(&number) || !could_be_used(&entry.1))
        };
        entries.filter_map(finding).collect()
    }

    fn finding(&self, (line, entry): &(usize, Entry), used: bool) -> Option<Finding> {
        let (code, message, fix) = if entry.has_expired(self.today) {
            (
                "suppression-expired",
                "this suppression has expired",
                "remove the token, or decide again",
            )
        } else if !used {
            ("suppression-unused", "this suppression suppresses nothing", "remove the line")
        } else {
            return None;
        };
        let place = Place::new(self.path.as_str(), to_u32(*line), 1);
        let finding = Finding::new(code, Level::Warn, message).at(place).fix(fix);
        Some(finding.fact("rule", entry.rule()).fact("path", entry.path()))
    }
}
