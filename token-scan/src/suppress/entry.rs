//! Reads and writes one line of a file of suppressions.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::str::FromStr;

use super::date;

/// One accepted finding: `rule path salt:hash end reason`, on a line of its own.
///
/// ```text
/// generic-secret tests/vectors.rs 5b0c6e19d2a7f341:9c1e…f0 2027-01-31 test vector of RFC 7515
/// ```
///
/// `hash` is the first 16 bytes of HMAC-SHA-256 over rule, path and value, with the entry's random `salt` as key. So an
/// entry still matches when the value moves inside its file, and two entries don't show that their files have the same
/// value. In a path, spaces, `%` and control characters are percent-encoded. `end` is the last day on which the entry
/// is valid. End and reason are required.
///
/// Whoever has the file can confirm a guess of the value by its hash. So do not suppress a password that is in use, but
/// change it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    rule: String,
    path: String,
    salt: String,
    hash: String,
    end: String,
    reason: String,
}

impl Entry {
    /// Makes an entry for a value, without an end and a reason yet.
    pub(crate) fn new(rule: &str, path: &str, value: &[u8]) -> Entry {
        // The keys of `RandomState` come from the operating system.
        let salt = format!("{:016x}", RandomState::new().build_hasher().finish());
        let hash = hash(&salt, rule, path, value);
        Entry {
            rule: rule.to_owned(),
            path: path.to_owned(),
            salt,
            hash,
            end: String::new(),
            reason: String::new(),
        }
    }

    /// Sets the last day on which the entry is valid, such as `2027-01-31`, and why it was made.
    ///
    /// # Errors
    ///
    /// Fails if `end` is no date, or if the reason is empty or more than one line.
    pub fn because(self, end: &str, reason: &str) -> Result<Entry, EntryError> {
        let entry = Entry { end: end.to_owned(), reason: reason.trim().to_owned(), ..self };
        entry.checked()
    }

    /// Returns the rule whose finding the entry accepts.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Returns the path of the file with the finding.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns why the finding is accepted.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the text of a file with these entries: sorted, and each once. The lines may be read in any order, such
    /// as that after a merge of branches.
    pub fn file(mut entries: Vec<Entry>) -> String {
        entries.sort();
        entries.dedup();
        entries.iter().map(|entry| format!("{entry}\n")).collect()
    }

    pub(super) fn parse(line: &str) -> Result<Entry, EntryError> {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next().map(str::to_owned).ok_or(EntryError::Form);
        let (rule, path, hashed, end) = (word()?, word()?, word()?, word()?);
        let reason = word().map_err(|_| EntryError::Reason)?;
        let (salt, hash) = hashed.split_once(':').ok_or(EntryError::Form)?;
        let path = decode(&path).ok_or(EntryError::Form)?;
        let entry = Entry {
            rule,
            path,
            salt: salt.to_owned(),
            hash: hash.to_owned(),
            end,
            reason: reason.trim().to_owned(),
        };
        entry.checked()
    }

    fn checked(self) -> Result<Entry, EntryError> {
        let hex = |text: &str, len: usize| {
            text.len() == len && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        if !hex(&self.salt, 16) || !hex(&self.hash, 32) {
            return Err(EntryError::Form);
        }
        if date::parse(&self.end).is_none() {
            return Err(EntryError::End);
        }
        if self.reason.is_empty() || self.reason.contains(['\n', '\r']) {
            return Err(EntryError::Reason);
        }
        Ok(self)
    }

    pub(super) fn has_expired(&self, today: i64) -> bool {
        date::parse(&self.end).is_none_or(|end| end < today)
    }

    pub(super) fn accepts(&self, rule: &str, path: &str, value: &[u8]) -> bool {
        self.rule == rule && self.path == path && self.hash == hash(&self.salt, rule, path, value)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { rule, path, salt, hash, end, reason } = self;
        write!(f, "{rule} {} {salt}:{hash} {end} {reason}", encode(path))
    }
}

impl FromStr for Entry {
    type Err = EntryError;

    fn from_str(line: &str) -> Result<Entry, EntryError> {
        Entry::parse(line)
    }
}

/// Says why a line is no [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryError {
    /// The end is no date such as `2027-01-31`.
    End,
    /// The line is not `rule path salt:hash end reason`.
    Form,
    /// The line has no reason, or the reason has several lines.
    Reason,
}

impl EntryError {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            EntryError::End => "the end of a suppression is not a date such as `2027-01-31`",
            EntryError::Form => "a suppression is not `rule path salt:hash end reason`",
            EntryError::Reason => "a suppression has no reason in one line",
        }
    }
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for EntryError {}

fn hash(salt: &str, rule: &str, path: &str, value: &[u8]) -> String {
    let message = [rule.as_bytes(), b"\0", path.as_bytes(), b"\0", value].concat();
    let mac = hmac_sha256::HMAC::mac(message, salt.as_bytes());
    mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn encode(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        match c {
            ' ' | '%' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_ascii_control() => out.push_str(&format!("%{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn decode(path: &str) -> Option<String> {
    let (mut out, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = [*high, *low];
                (u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?, tail)
            }
            _ => (*first, tail),
        };
        out.push(byte);
        rest = tail;
    }
    String::from_utf8(out).ok()
}
