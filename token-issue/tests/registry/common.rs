//! Rows and files for the tests.

use std::{path::Path, time::Duration};

use token_core::{TokenId, UtcDateTime};
use token_issue::{
    __test::{Settings, sqlite},
    Digest, Digests, Registry, Row,
    registry::Sqlite,
};

pub(crate) const NOON: UtcDateTime = UtcDateTime::UNIX_EPOCH;

/// A registry that does not wait for the disk: enough where no power fails.
pub(crate) fn quick(path: &Path) -> Sqlite {
    sqlite(path, Settings { syncs: false, ..Settings::default() }).unwrap()
}

pub(crate) fn id(process: u32, number: u64) -> TokenId {
    let mut bytes = [0x5a; 16];
    bytes[..4].copy_from_slice(&process.to_be_bytes());
    bytes[4..12].copy_from_slice(&number.to_be_bytes());
    TokenId::from_bytes(bytes)
}

pub(crate) fn digest(token: TokenId) -> Digest {
    let mut bytes = [0xa5; 32];
    bytes[..16].copy_from_slice(token.as_bytes());
    Digest::from_bytes(bytes)
}

pub(crate) fn digests(token: TokenId) -> Digests {
    Digests::new(digest(token), None)
}

pub(crate) fn row(token: TokenId) -> Row {
    let mut row = Row::new(token, "deploy", NOON, NOON + Duration::from_secs(3600));
    row.scopes = vec!["deploy:run".into()];
    row.subject = Some("job-17".into());
    row
}

pub(crate) fn below(token: TokenId, parent: &Row) -> Row {
    let mut row = row(token);
    (row.parent, row.depth) = (Some(parent.token), parent.depth + 1);
    row
}

pub(crate) fn insert(registry: &dyn Registry, row: &Row) {
    let answer = registry.insert(digest(row.token), row.clone(), NOON);
    pollster::block_on(answer).unwrap().unwrap();
}

/// How often a test is repeated: a short form for every run, a long one if the environment variable says how often.
pub(crate) fn times(variable: &str, short: u64) -> u64 {
    std::env::var(variable).map_or(short, |given| given.parse().unwrap())
}
