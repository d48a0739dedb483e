//! The longest records, the smallest journal, the longest patience.

use std::time::Duration;

use token_audit::{
    __test::{body, complete, directory as on, read_on, verify_on},
    ErrorKind, Log,
};
use token_core::record::{Action, Event, Recorder};

use super::sample::{Memory, append, event, key, options, verifying};
use crate::support::{NOW, kind_of};
use test_support::TempDir;
use time::UtcDateTime;

/// The longest scope names, and as many that the record has this length at index 0.
fn long(length: usize) -> Event {
    let scopes = |count: usize, last: usize| {
        let names = (0..count).map(|_| "s".repeat(256)).chain([("s").repeat(last)]);
        Event::new(Action::Created, "ci").scopes(names)
    };
    let of = |event: &Event| {
        let mut out = Vec::new();
        complete(&mut out, 0, 0, &body(event, NOW).unwrap());
        out.len()
    };
    let (empty, one) = (of(&scopes(0, 0)), of(&scopes(1, 0)));
    let count = (length - empty - 256) / (one - empty);
    let last = length - empty - count * (one - empty);
    let last = last.min(256);
    // The rest goes into the actor, whose field takes some bytes itself.
    let event = scopes(count, last);
    match length - of(&event) {
        0 => event,
        rest => event.actor("a".repeat(rest - ",\"actor\":\"\"".len())),
    }
}

#[test]
fn what_is_too_long_is_cut_and_on_record() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let events = [
        event(0).actor("a".repeat(257)),
        event(0).reason("r".repeat(1025)),
        event(0).scopes((0..300).map(|_| "s".repeat(256))),
        Event::new(Action::Created, "k".repeat(257)),
        Event::new(Action::refused("e".repeat(70_000)), "ci"),
    ];
    for event in &events {
        let _ = log.append(event.clone()).unwrap();
        let _ = log.submit(event.clone()).unwrap().wait().unwrap();
        log.note(event.clone());
    }
    let _ = log.append(event(0).actor("a".repeat(256)).reason("r".repeat(1024))).unwrap();
    assert_eq!((log.missed(), log.close().unwrap().size()), (0, 16));
    let reader = read_on(on(directory.path()), &verifying()).unwrap();
    let actor = reader.record(0).unwrap().event.actor.unwrap();
    assert_eq!(actor, format!("{}…[257 bytes]", "a".repeat(256 - "…[257 bytes]".len())));
    let whole = reader.record(15).unwrap().event;
    assert_eq!(whole, event(0).actor("a".repeat(256)).reason("r".repeat(1024)));
}

#[test]
fn what_was_noted_and_could_not_be_recorded_is_counted() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    // Only the log itself records its checkpoints.
    (0..3).for_each(|_| log.note(Event::new(Action::checkpointed(0, [0; 32]), "")));
    let _ = log.append(event(1)).unwrap();
    let _ = log.append(event(2)).unwrap();
    log.close().unwrap();
    let reader = read_on(memory.storage(), &verifying()).unwrap();
    let missed: Vec<u64> = reader.records().map(|record| record.unwrap().missed).collect();
    assert_eq!(missed, [3, 0]);
    assert_eq!(reader.open_tokens(UtcDateTime::MIN).unwrap().missed(), 3);
    assert_eq!(verify_on(memory.storage(), &verifying(), &[]).unwrap().missed, 3);
}

/// The smallest journal holds three such records, so it is written from the front again and again.
#[test]
fn the_longest_records_go_through_the_smallest_journal() {
    let memory = Memory::default();
    let log = memory.open_log(options().journal_bytes(0));
    let lengths = [65_000, 65_460, 65_470, 65_471];
    let events: Vec<Event> = (0..40).map(|n| long(lengths[n % lengths.len()])).collect();
    let pending: Vec<_> = events.iter().map(|event| log.submit(event.clone()).unwrap()).collect();
    let indexes: Vec<u64> =
        pending.into_iter().map(|p| p.wait().unwrap().index().unwrap()).collect();
    assert!(memory.files()["journal"].len() <= 256 << 10, "it keeps its size");
    log.close().unwrap();
    let reader = read_on(memory.storage(), &verifying()).unwrap();
    for (index, event) in indexes.iter().zip(events) {
        assert_eq!(reader.record(*index).unwrap().event, event);
    }
    assert_eq!(verify_on(memory.storage(), &verifying(), &[]).unwrap().findings, []);
    assert!(reader.checkpoint().size() > 40, "checkpoints were due, and are on record");
}

#[test]
fn many_records_through_the_smallest_journal_are_all_there() {
    let memory = Memory::default();
    let log = memory.open_log(options().journal_bytes(0));
    append(&log, 10_000);
    log.close().unwrap();
    let verification = verify_on(memory.storage(), &verifying(), &[]).unwrap();
    assert_eq!(verification.findings, []);
    let reader = read_on(memory.storage(), &verifying()).unwrap();
    let created =
        reader.records().filter(|record| record.as_ref().unwrap().event.action == Action::Created);
    assert_eq!(created.count(), 10_000);
}

#[test]
fn no_patience_is_too_long() {
    let directory = TempDir::new();
    let longest = Log::options().deadline(Duration::MAX).checkpoint_every(Duration::MAX);
    let log = longest.open(directory.path(), key()).unwrap();
    let _ = log.append(event(0)).unwrap();
    let _ = log.submit(event(1)).unwrap().wait().unwrap();
    assert_eq!(log.checkpoint().unwrap().size(), 2);
    assert_eq!(log.close().unwrap().size(), 2);
}

#[test]
fn without_patience_nothing_is_certain_and_nothing_hangs() {
    let directory = TempDir::new();
    let log = Log::options().deadline(Duration::ZERO).open(directory.path(), key()).unwrap();
    let ended = log.append(event(0));
    assert!(matches!(kind_of(ended), None | Some(ErrorKind::Timeout)));
}
