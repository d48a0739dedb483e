//! What the tests of this crate change.

use std::time::Duration;

/// How a file is opened. Only the tests of this crate change it.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether each commit waits for the disk.
    pub syncs: bool,
    /// How long a change waits for other processes.
    pub patience: Duration,
    /// The size that the file may reach, in pages of 4 KiB.
    pub max_pages: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { syncs: true, patience: Duration::from_secs(5), max_pages: None }
    }
}

/// Ends the process before one of the statements that change the file, as a `kill -9` would: the environment variable
/// `TOKEN_ISSUE_TEST_DIES_AT` says before the how many-th.
#[cfg(feature = "__test")]
pub(super) fn before_a_statement() {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };
    static AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("TOKEN_ISSUE_TEST_DIES_AT").ok()?.parse().ok());
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if let Some(at) = *AT
        && COUNT.fetch_add(1, Ordering::Relaxed) == at
    {
        std::process::abort();
    }
}
