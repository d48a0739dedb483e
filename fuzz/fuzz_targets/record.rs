//! Records of the audit log: one that was read is written so that it reads the same again.
#![no_main]

use fuzz::{assert_error_silent, with_markers};
use libfuzzer_sys::fuzz_target;
use token_audit::{Filter, OpenTokens, Record, ScopeUse};

fuzz_target!(|input: &[u8]| {
    let Some(text) = with_markers(input) else { return };
    let parsed = Record::parse(&text);
    let other = serde_json::from_slice::<Record>(&text);
    match parsed {
        Ok(record) => check(&record, other),
        Err(error) => assert_error_silent(&error),
    }
});

fn check(record: &Record, other: serde_json::Result<Record>) {
    let text = record.to_json();
    let again = Record::parse(text.as_bytes()).expect("our own text");
    assert_eq!(again, *record);
    assert_eq!(again.to_json(), text);
    // serde_json refuses some numbers and depths that token-core accepts.
    if let Ok(text) = serde_json::to_string(record) {
        assert_same(record, &Record::parse(text.as_bytes()).expect("serde's text"));
    }
    // In a field of a newer version, serde_json drops repeated names.
    if let Ok(other) = other
        && record.version() == 1
    {
        assert_same(record, &other);
    }
    analyse(record);
}

fn assert_same(one: &Record, other: &Record) {
    assert_eq!(one.version(), other.version());
    assert_eq!((one.index, one.time, one.missed), (other.index, other.time, other.missed));
    assert_eq!(one.event, other.event);
}

/// Analyses a record, and then the same record once more.
fn analyse(record: &Record) {
    let mut open = OpenTokens::new();
    let mut usage = ScopeUse::between(record.time, record.time);
    for _ in 0..2 {
        open.apply(record);
        usage.apply(record);
    }
    assert_eq!(open.len(), usize::from(record.event.action.is_opening()));
    if let Some(expiry) = record.event.expires_at {
        open.expire(expiry);
        assert!(open.is_empty(), "it has expired");
    }
    assert_eq!(usage.kinds().count(), 0, "a period without time");
    let filter = Filter::default().since(record.time).from_index(record.index);
    assert!(filter.events([record.event.action.name()]).matches(record));
}
