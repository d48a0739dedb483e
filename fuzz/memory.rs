//! The files of a log in memory, and changes that the input makes to them.

#[path = "../token-audit/tests/it/log/memory.rs"]
mod storage;

use std::sync::Arc;

use token_audit::{__test::open_on, Log, LogOptions, SigningKey};
use token_core::{
    ManualClock, Secret, UtcDateTime,
    record::{Action, Event},
};

pub use self::storage::{Files, Memory};

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const KEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// The log's key.
pub fn key() -> SigningKey {
    SigningKey::from_secret(Secret::from(KEY.to_owned())).unwrap()
}

/// Options of a log that makes a checkpoint only when it is told to.
pub fn options() -> LogOptions {
    let clock = Arc::new(ManualClock::new(UtcDateTime::UNIX_EPOCH));
    Log::options().clock(clock).checkpoint_every(std::time::Duration::MAX).journal_bytes(0)
}

/// Opens the log in these files.
pub fn open(memory: &Memory) -> Result<Log, token_audit::Error> {
    open_on(memory.storage(), key(), options())
}

/// Appends `count` records.
pub fn append(log: &Log, count: u64) {
    for number in 0..count {
        let event = Event::new(Action::Created, "ci").reason(format!("number {number}"));
        drop(log.submit(event).unwrap());
    }
}

/// The rest of the input, which says how the files' bytes are changed.
pub struct Hands<'i>(pub &'i [u8]);

impl<'i> Hands<'i> {
    /// The next byte, as long as there is one.
    pub fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// The next two bytes as a number.
    pub fn number(&mut self) -> Option<usize> {
        Some(usize::from(u16::from_be_bytes([self.byte()?, self.byte()?])))
    }

    /// As many bytes as the next one says.
    pub fn bytes(&mut self) -> Option<&'i [u8]> {
        let len = usize::from(self.byte()?).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(bytes)
    }

    /// One change of a file's bytes; `other` are another file's.
    pub fn change(&mut self, data: &mut Vec<u8>, other: &[u8]) -> Option<()> {
        let (what, at) = (self.byte()?, self.number()?.min(data.len()));
        match what % 6 {
            0 => data.get_mut(at).map_or((), |byte| *byte ^= what | 1),
            1 => data.truncate(at),
            2 => _ = data.splice(at..at, self.bytes()?.iter().copied()),
            3 => {
                let bytes = self.bytes()?;
                let end = (at + bytes.len()).min(data.len());
                data.splice(at..end, bytes.iter().copied());
            }
            4 => *data = other.to_vec(),
            _ => _ = data.drain(..at),
        }
        Some(())
    }
}
