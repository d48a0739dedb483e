//! Rows for the tests of registries.

use std::time::Duration;

use token_core::{TokenId, UtcDateTime};
use token_issue::{Digest, Digests, Registry, Row};

pub(crate) const NOON: UtcDateTime = UtcDateTime::UNIX_EPOCH;

pub(crate) fn id(group: u32, number: u64) -> TokenId {
    let mut bytes = [0x5a; 16];
    bytes[..4].copy_from_slice(&group.to_be_bytes());
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
