//! A token that cannot be put on record is not admitted, and the error says why.

use std::{error::Error as _, sync::Arc};

use test_support::{TempDir, secs};
use token_audit::{ErrorKind, Log, OpenTokens, Reader, Record};
use token_core::{Admission, Grant, Scope, Secret, Token, TokenKind};

use crate::{
    log::sample::{key, options, verifying},
    support::{TEXT, clock},
};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")]
enum Ci {}

fn admit(log: Log) -> Result<Token<Ci>, token_core::Error> {
    admit_text(log, TEXT)
}

fn admit_text(log: Log, text: &str) -> Result<Token<Ci>, token_core::Error> {
    let grant = Grant::new("repo:read").expires_in(secs(600));
    let admission = Admission::with_clock(clock()).recorder(Arc::new(log));
    admission.admit(Secret::from(text.to_owned()), &grant)
}

/// The admission is refused since nothing was recorded, and behind that error stands the log's own.
fn check(log: Log, kind: ErrorKind, message: &str) {
    let error = admit(log).unwrap_err();
    assert_eq!(error.kind(), token_core::ErrorKind::NotRecorded);
    let cause = error.source().unwrap().downcast_ref::<token_audit::Error>().unwrap();
    assert_eq!(cause.kind(), kind);
    let (outer, inner) = (error.to_string(), cause.to_string());
    assert!(outer.contains("the recorder could not confirm the record"), "{outer}");
    assert!(inner.contains(message) && !outer.contains(message), "{outer}\n{inner}");
    for shown in [format!("{error:?}"), format!("{error:#}")] {
        assert!(shown.contains(&outer) && shown.contains(&inner), "{shown}");
        assert!(!shown.contains(&TEXT[..8]), "{shown}");
    }
    assert!(!format!("{error:#}").contains('\n'), "on one line");
}

#[test]
fn a_token_is_admitted_when_it_is_on_record() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    drop(admit(log.clone()).unwrap());
    assert_eq!(log.close().unwrap().size(), 2, "admitted and destroyed");
}

/// Two holders of one password and one of another: which of them is gone is provable without an id.
#[test]
fn passwords_are_paired_by_the_index_of_their_opening() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let texts = ["Sunshine2024!", "Sunshine2024!", "correct-horse-battery"];
    let tokens = texts.map(|text| admit_text(log.clone(), text).unwrap());
    let [first, second, third] = tokens;
    drop(second);
    log.checkpoint().unwrap();
    let open = || -> Vec<u64> {
        let reader = Reader::open(directory.path(), &verifying()).unwrap();
        let records: Vec<Record> = reader.records().map(Result::unwrap).collect();
        assert!(records.iter().all(|record| record.event.token.is_none()));
        let open: OpenTokens = records.into_iter().collect();
        assert_eq!(open.strays(), 0);
        open.iter().map(|token| token.opened).collect()
    };
    assert_eq!(open(), [0, 2]);
    drop((first, third));
    log.checkpoint().unwrap();
    assert_eq!(open(), [0; 0]);
}

#[test]
fn a_closed_log_admits_no_token() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    log.close().unwrap();
    check(log, ErrorKind::LogClosed, "the log is closed");
}

#[test]
fn a_full_log_admits_no_token() {
    let directory = TempDir::new();
    // No disk has as much space as this log leaves free.
    let log = options().reserve_bytes(u64::MAX).open(directory.path(), key()).unwrap();
    check(log, ErrorKind::LogFull, "the disk is full");
}
