//! Reads and writes one line of a file of suppressions.

use std::fmt;
use std::str::FromStr;

use token_policy::report::{path_bytes, path_text, visible};

use super::date;

/// One accepted finding: `rule path salt:hash end reason`, on a line of its own.
///
/// ```text
/// generic-secret tests/vectors.rs 5b0c6e19d2a7f341:9c1e…f0 2027-01-31 test vector of RFC 7515
/// ```
///
/// `hash` is the first 16 bytes of HMAC-SHA-256 over rule, path and value, with a random `salt` as key, which the entries
/// of one rule and path share. So an entry still matches when the value moves inside its file, and two entries don't show
/// that their files have the same value. After the hash, `:history` marks an entry for a value that only the history has:
/// it is not unused in a scan of the tree. In a path, spaces, `%`, hidden characters and bytes that are no UTF-8 are
/// percent-encoded. `end` is the last day on which the entry is valid. End and reason are required.
///
/// The key stands beside the hash, so whoever has the file can confirm a guess of the value. That shows nothing more than
/// the file that the entry names, in which the value stands. So do not suppress a password that is in use, but change it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    rule: String,
    path: String,
    salt: String,
    hash: String,
    history: bool,
    end: String,
    reason: String,
}

/// What stands after the hash of an entry for a value that only the history has.
const HISTORY: &str = "history";

/// Returns the text of an entry in a line; `None` if there is only a comment, or nothing. An editor may have put a byte
/// order mark before the first line, and a merge may have moved it.
pub(super) fn of_line(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{FEFF}').trim();
    (!line.is_empty() && !line.starts_with('#')).then_some(line)
}

impl Entry {
    /// Makes an entry for a value, without an end and a reason yet. `salt` has 16 hexadecimal digits.
    pub(crate) fn new(salt: &str, rule: &str, path: &str, value: &[u8]) -> Entry {
        Entry {
            rule: rule.to_owned(),
            path: path.to_owned(),
            salt: salt.to_owned(),
            hash: hash(salt, rule, path, value),
            history: false,
            end: String::new(),
            reason: String::new(),
        }
    }

    /// Marks the entry as one for a value that only the history has, so that it is not unused in a scan of the tree.
    pub fn of_history(self) -> Entry {
        Entry { history: true, ..self }
    }

    /// Returns whether the entry is [for a value that only the history has](Entry::of_history).
    pub fn is_of_history(&self) -> bool {
        self.history
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

    /// Checks the end of an entry that is still to be made.
    ///
    /// # Errors
    ///
    /// Fails if `end` is no date such as `2027-01-31`.
    pub fn check_end(end: &str) -> Result<(), EntryError> {
        date::parse(end).map(|_| ()).ok_or(EntryError::End)
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

    pub(super) fn salt(&self) -> &str {
        &self.salt
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Returns the text of a file with these entries: sorted, and each once. The lines may be read in any order, such
    /// as that after a merge of branches.
    pub fn file(mut entries: Vec<Entry>) -> String {
        entries.sort();
        entries.dedup();
        entries.iter().map(|entry| format!("{entry}\n")).collect()
    }

    /// Returns the text of a file of suppressions with further entries: the comments first, then all entries as in
    /// [`file`](Entry::file).
    ///
    /// # Errors
    ///
    /// Fails if a line of the text is no entry, no comment and not empty.
    pub fn added_to(text: &str, mut entries: Vec<Entry>) -> Result<String, EntryError> {
        let mut comments = String::new();
        for line in text.lines() {
            let line = line.trim_start_matches('\u{FEFF}').trim();
            match of_line(line) {
                Some(entry) => entries.push(entry.parse()?),
                None if line.is_empty() => {}
                None => comments.extend([line, "\n"]),
            }
        }
        Ok(comments + &Entry::file(entries))
    }

    pub(super) fn parse(line: &str) -> Result<Entry, EntryError> {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next().map(str::to_owned).ok_or(EntryError::Form);
        let (rule, path, hashed, end) = (word()?, word()?, word()?, word()?);
        let reason = word().map_err(|_| EntryError::Reason)?;
        let (salt, hash) = hashed.split_once(':').ok_or(EntryError::Form)?;
        let (hash, mark) =
            hash.split_once(':').map_or((hash, None), |(hash, mark)| (hash, Some(mark)));
        if mark.is_some_and(|mark| mark != HISTORY) {
            return Err(EntryError::Form);
        }
        let path = decode(&path).ok_or(EntryError::Form)?;
        let entry = Entry {
            rule,
            path,
            salt: salt.to_owned(),
            hash: hash.to_owned(),
            history: mark.is_some(),
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
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { rule, path, salt, hash, history, end, reason } = self;
        let mark = if *history { ":history" } else { "" };
        write!(f, "{rule} {} {salt}:{hash}{mark} {end} {reason}", encode(path))
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

pub(super) fn hash(salt: &str, rule: &str, path: &str, value: &[u8]) -> String {
    let message = [rule.as_bytes(), b"\0", path.as_bytes(), b"\0", value].concat();
    let mac = hmac_sha256::HMAC::mac(message, salt.as_bytes());
    mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the key of entries of one rule and path from a secret that is new in each run.
pub(crate) fn new_salt(secret: &[u8], rule: &str, path: &str) -> String {
    let message = [rule.as_bytes(), b"\0", path.as_bytes()].concat();
    let mac = hmac_sha256::HMAC::mac(message, secret);
    mac.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn encode(path: &str) -> String {
    let mut out = String::new();
    let mut buffer = [0; 4];
    for c in path.chars() {
        let text: &str = c.encode_utf8(&mut buffer);
        let is_plain = c != '%' && !c.is_whitespace() && visible(text) == text;
        match is_plain {
            true => out.push(c),
            false => out.extend(path_bytes(text).iter().map(|byte| format!("%{byte:02X}"))),
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
    Some(path_text(&out).into_owned())
}
