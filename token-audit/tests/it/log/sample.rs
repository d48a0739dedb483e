//! Logs to look at: their key, their events, and their files in memory.

use token_audit::{__test::open_on, Log, LogOptions, Pending, SigningKey, VerifyingKey};
use token_core::{
    Secret, TokenId,
    record::{Action, Event},
};

pub use super::memory::{Files, Memory};
use test_support::secs;

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const KEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

pub fn key() -> SigningKey {
    SigningKey::from_secret(Secret::from(KEY.to_owned())).unwrap()
}

pub fn verifying() -> VerifyingKey {
    key().verifying_key().clone()
}

/// No checkpoint but those that are asked for, and patience with a busy machine.
pub fn options() -> LogOptions {
    Log::options().checkpoint_every(secs(3600)).deadline(secs(120))
}

pub fn event(number: u64) -> Event {
    let [a, b, ..] = number.to_le_bytes();
    Event::new(Action::Created, "ci")
        .token(TokenId::from_bytes([a, b, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]))
}

/// Appends so many events, a disk's sync for many at a time; the index after the last.
pub fn append(log: &Log, count: u64) -> u64 {
    let mut end = 0;
    let mut left = count;
    while left > 0 {
        let batch = left.min(32_768);
        let pending: Vec<Pending> = (0..batch).map(|n| log.submit(event(n)).unwrap()).collect();
        for pending in pending {
            end = pending.wait().unwrap().index().unwrap() + 1;
        }
        left -= batch;
    }
    end
}

impl Memory {
    pub fn open_log(&self, options: LogOptions) -> Log {
        open_on(self.storage(), key(), options).unwrap()
    }
}
