//! Whoever prints an error, in whichever way, reads its message.

use std::fs;

use test_support::TempDir;
use token_audit::{Checkpoint, Error, ErrorKind, InclusionProof, Log, Reader, Record, SigningKey};

use crate::log::sample::{append, event, key, options, verifying};

/// One error of each sort that is easily made.
fn errors() -> Vec<Error> {
    let directory = TempDir::new();
    let damaged = directory.join("damaged");
    let log = options().open(&damaged, key()).unwrap();
    append(&log, 3);
    let locked = Log::open(&damaged, key()).unwrap_err();
    log.close().unwrap();
    let closed = log.append(event(0)).unwrap_err();
    let missing = Reader::open(&damaged, &verifying()).unwrap().record(9).unwrap_err();
    fs::write(damaged.join("tile/0/000.p/3"), [0; 96]).unwrap();
    let log = options().reserve_bytes(u64::MAX).open(directory.join("full"), key()).unwrap();
    vec![
        locked,
        closed,
        missing,
        Reader::open(&damaged, &verifying()).unwrap_err(),
        log.append(event(0)).unwrap_err(),
        Record::parse(&[b'['; 65_536]).unwrap_err(),
        Reader::open(directory.join("nothing"), &verifying()).unwrap_err(),
        Checkpoint::parse("", &verifying()).unwrap_err(),
        Record::parse(b"{").unwrap_err(),
        "".parse::<InclusionProof>().unwrap_err(),
        SigningKey::generate("a b").unwrap_err(),
    ]
}

#[test]
fn debug_is_the_message() {
    let errors = errors();
    let kinds: Vec<ErrorKind> = errors.iter().map(Error::kind).collect();
    let expected = [
        ErrorKind::LogLocked,
        ErrorKind::LogClosed,
        ErrorKind::NotFound,
        ErrorKind::LogDamaged,
        ErrorKind::LogFull,
        ErrorKind::TooLong,
        ErrorKind::NotFound,
        ErrorKind::Syntax,
        ErrorKind::Syntax,
        ErrorKind::Syntax,
        ErrorKind::MalformedKey,
    ];
    assert_eq!(kinds, expected);
    for error in errors {
        let message = error.to_string();
        assert!(!message.is_empty());
        assert_eq!(format!("{error:?}"), message);
        assert_eq!(format!("{error:#?}"), message);
        assert_eq!(format!("{error:#}"), message);
    }
}
