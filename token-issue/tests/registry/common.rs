//! What the tests of registries in files share.

use std::path::Path;

use token_issue::{
    __test::{Settings, sqlite},
    registry::Sqlite,
};

pub(crate) use crate::rows::{NOON, below, digest, digests, id, insert, row};

/// A registry that does not wait for the disk: enough where no power fails.
pub(crate) fn quick(path: &Path) -> Sqlite {
    sqlite(path, Settings { syncs: false, ..Settings::default() }).unwrap()
}

/// How often a test is repeated: a short form for every run, a long one if the environment variable says how often.
pub(crate) fn times(variable: &str, short: u64) -> u64 {
    std::env::var(variable).map_or(short, |given| given.parse().unwrap())
}
