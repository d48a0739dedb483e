//! Files that an older version of this library has made.

use std::{path::Path, thread};

use pollster::block_on;
use rusqlite::Connection;
use token_issue::{Registry, RegistryError, Row, registry::Sqlite};

use crate::common::{NOON, below, digests, id, insert, quick, row};

const BUILD: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// The file as version 1 had it: no token is bound to a build.
fn as_version_1(path: &Path) {
    let sql = "ALTER TABLE token DROP COLUMN build; PRAGMA user_version = 1";
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn version(path: &Path) -> i32 {
    let read = |row: &rusqlite::Row<'_>| row.get(0);
    Connection::open(path).unwrap().query_row("PRAGMA user_version", (), read).unwrap()
}

fn bound(number: u64) -> Row {
    let mut row = row(id(2, number));
    row.build = Some(BUILD.parse().unwrap());
    row
}

#[test]
fn a_file_of_version_1_keeps_its_tokens_and_takes_bound_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let old = row(id(1, 1));
    insert(&quick(&path), &old);
    let revoked = row(id(1, 2));
    let registry = quick(&path);
    insert(&registry, &revoked);
    let at = block_on(registry.revoke(revoked.token)).unwrap().at;
    drop(registry);
    as_version_1(&path);

    for round in 1..=2 {
        let registry = quick(&path);
        assert_eq!(version(&path), 2);
        assert_eq!(block_on(registry.show(old.token)).unwrap().as_ref(), Some(&old));
        let read = block_on(registry.read(digests(revoked.token), at)).unwrap();
        assert!(read.answer.knows_own, "it has the history that it had");
        assert_ne!(read.row.unwrap().state, token_issue::State::Live);
        let bound = bound(round);
        insert(&registry, &bound);
        let kept = block_on(registry.show(bound.token)).unwrap().unwrap();
        assert_eq!((kept.build, kept.born), (bound.build, at.n));
        insert(&registry, &below(id(3, round), &old));
    }
}

#[test]
fn processes_that_open_an_older_file_at_the_same_time_change_it_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.db");
        insert(&quick(&path), &row(id(1, 1)));
        as_version_1(&path);
        thread::scope(|scope| {
            for number in 1..=4 {
                let path = &path;
                scope.spawn(move || insert(&quick(path), &bound(number)));
            }
        });
        let rows = block_on(quick(&path).snapshot(10, NOON)).unwrap().rows;
        assert_eq!((rows.len(), version(&path)), (5, 2));
    }
}

/// A token whose build cannot be read must not become one for everybody.
#[test]
fn a_build_that_cannot_be_read_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let bound = bound(1);
    insert(&quick(&path), &bound);
    for text in ["", "git:", "main", "git:4b825dc642cb6eb9a060e54bf8d69288fbee490", "GIT:4b"] {
        let sql = "UPDATE token SET build = ?1";
        Connection::open(&path).unwrap().execute(sql, [text]).unwrap();
        let registry = Sqlite::open(&path).unwrap();
        let error = block_on(registry.show(bound.token)).unwrap_err();
        assert!(matches!(error, RegistryError::Unavailable { .. }), "{error}");
        assert!(block_on(registry.snapshot(10, NOON)).is_err());
    }
}
