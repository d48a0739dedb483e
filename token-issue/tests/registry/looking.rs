//! A look at a file that a service has open: it sees what is committed, and leaves the file as it is.

use std::fs;

use token_core::{TokenId, UtcDateTime};
use token_issue::registry::{Rule, Sqlite};
use token_issue::{Digest, Registry, RegistryError, Row, State};

fn mint(registry: &Sqlite, kind: &str, number: u8) {
    let (token, now) = (TokenId::from_bytes([number; 16]), UtcDateTime::UNIX_EPOCH);
    let row = Row::new(token, kind, now, now);
    let inserted = registry.insert(Digest::from_bytes([number; 32]), row, now);
    pollster::block_on(inserted).unwrap().unwrap();
}

#[test]
fn rows_are_seen_while_a_service_has_the_file_open_and_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let registry = Sqlite::open(&path).unwrap();
    mint(&registry, "deploy", 1);
    mint(&registry, "deploy", 2);
    mint(&registry, "other", 3);
    pollster::block_on(registry.revoke(TokenId::from_bytes([2; 16]))).unwrap();
    let rows = Sqlite::rows(&path, &Rule::all().kind("deploy")).unwrap();
    let states: Vec<_> = rows.iter().map(|row| row.state == State::Live).collect();
    assert_eq!(states, [true, false]);
    assert_eq!(Sqlite::rows(&path, &Rule::all()).unwrap().len(), 3);
    drop(registry);

    // What a service that was killed leaves behind: the changes are still in the file beside it.
    let registry = Sqlite::open(&path).unwrap();
    mint(&registry, "deploy", 4);
    let left = folder.path().join("left.db");
    for end in ["", "-wal", "-shm"] {
        let named = |file: &std::path::Path| format!("{}{end}", file.display());
        fs::copy(named(&path), named(&left)).unwrap();
    }
    let before = fs::read(&left).unwrap();
    assert_eq!(Sqlite::rows(&left, &Rule::all()).unwrap().len(), 4);
    assert_eq!(fs::read(&left).unwrap(), before, "nothing was written back");
}

#[test]
fn what_is_no_registry_is_refused_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    assert!(Sqlite::rows(&path, &Rule::all()).is_err());
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    let empty = Sqlite::rows(&path, &Rule::all()).unwrap_err();
    assert!(matches!(empty, RegistryError::Unsuitable { .. }), "{empty}");
    assert_eq!(fs::read(&path).unwrap(), b"");
    fs::write(&path, "no database, but some text that is longer than its header is").unwrap();
    assert!(Sqlite::rows(&path, &Rule::all()).is_err());
}
