//! What all tests share beside the tools of `test_support`.

use std::sync::Arc;

use time::{UtcDateTime, macros::utc_datetime};
use token_audit::{Error, ErrorKind};
use token_core::ManualClock;

/// A token as an issuer mints them.
pub const TEXT: &str = "tok_wQ8zL3nVb7XkR2mTj5YcF9dHs4GpA6uE1oKi";
pub const NOW: UtcDateTime = utc_datetime!(2026-01-01 12:00);

/// A clock that stands at [`NOW`].
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(NOW))
}

pub fn kind_of<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}
