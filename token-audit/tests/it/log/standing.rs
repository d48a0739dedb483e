//! What a log says to an issuer that starts: what is open, and how far the revocations had come.

use std::{
    collections::BTreeMap,
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use test_support::secs;
use time::UtcDateTime;
use token_audit::{__test::read_on, Error, ErrorKind, LogOptions};
use token_core::{
    Clock, TokenId,
    record::{Action, Epoch, Event, Log, Recorder, Standing},
};

use super::{
    block_on, index,
    sample::{Memory, append, options, verifying},
};
use crate::support::{NOW, clock};

fn id(byte: u8) -> TokenId {
    TokenId::from_bytes([byte; 16])
}

fn deploy(action: Action, token: u8) -> Event {
    Event::new(action, "deploy").token(id(token))
}

fn open_log(memory: &Memory, options: LogOptions) -> Arc<dyn Log> {
    Arc::new(memory.open_log(options))
}

fn open(standing: &Standing) -> Vec<u64> {
    standing.open.iter().map(|opening| opening.index).collect()
}

/// The log's own error behind that of the trait.
fn cause(error: &token_core::Error) -> ErrorKind {
    error.source().unwrap().downcast_ref::<Error>().unwrap().kind()
}

#[test]
fn it_sees_every_record_sealed_or_not_in_this_life_and_the_next() {
    let memory = Memory::default();
    let log = open_log(&memory, options().clock(clock()));
    assert_eq!(log.standing().unwrap(), Standing::new(vec![], None));
    let epoch = |n| Epoch { n, mark: [n as u8; 16] };
    let minted = deploy(Action::Created, 1)
        .scopes(["deploy:run"])
        .subject("job-17")
        .expires_at(NOW + secs(600));
    let child = deploy(Action::narrowed(Some(0)), 2).parent(id(1));
    let opened = [minted.clone(), child.clone()].map(|event| index(log.record(event)));
    // The record of the first checkpoint is between.
    let [first, second] = opened;
    assert_eq!(open(&log.standing().unwrap()), opened);
    let revoked = deploy(Action::revoked(Some(second)), 2).epoch(epoch(8));
    index(log.record(revoked));
    index(log.record(deploy(Action::exposed(Some(first), vec![]), 1)));
    let standing = log.standing().unwrap();
    assert_eq!((open(&standing), standing.epoch), (vec![first], Some(epoch(8))));
    assert_eq!(standing.open[0].event, minted);
    drop(log);
    let log = open_log(&memory, options().clock(clock()));
    assert_eq!(log.standing().unwrap(), standing);
    // A registry of another history: its number is lower, and it is the last.
    index(log.record(deploy(Action::revoked(Some(first)), 1).epoch(epoch(3))));
    assert_eq!(log.standing().unwrap(), Standing::new(vec![], Some(epoch(3))));
}

#[test]
fn an_opening_that_has_expired_by_the_logs_clock_is_closed() {
    /// A clock that may be ahead, as the system's may.
    struct Ahead(Arc<token_core::ManualClock>);

    impl Clock for Ahead {
        fn wall(&self) -> Duration {
            self.0.wall()
        }

        fn monotonic(&self) -> Duration {
            self.0.monotonic()
        }

        fn ahead_by(&self) -> Duration {
            secs(2)
        }
    }

    let clock = clock();
    let log = open_log(&Memory::default(), options().clock(Arc::new(Ahead(clock.clone()))));
    for expiry in [Some(10), None, Some(20)] {
        let mut event = deploy(Action::Created, 1);
        event.expires_at = expiry.map(|expiry| NOW + secs(expiry));
        index(log.record(event));
    }
    let number = || log.standing().unwrap().open.len();
    assert_eq!(number(), 3);
    clock.advance(secs(11));
    assert_eq!(number(), 3, "it may be ten seconds past eleven, or nine");
    clock.advance(secs(1));
    assert_eq!(number(), 2);
    clock.set_wall(UtcDateTime::MAX);
    assert_eq!(number(), 1);
    clock.set_wall(NOW);
    assert_eq!(number(), 3, "the log forgets nothing");
}

/// Checkpoints come and go while a log is read back; what was acknowledged before is seen in each case.
#[test]
fn it_misses_nothing_while_others_append() {
    let memory = Memory::default();
    let log = memory.open_log(options().checkpoint_every(Duration::from_millis(1)));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Each reading takes the whole log, so it must not grow without end.
            for _ in (0..200).take_while(|_| !done.load(Ordering::Relaxed)) {
                append(&log, 20);
                thread::sleep(Duration::from_millis(2));
            }
        });
        for n in 0..20u8 {
            let opened = index(log.append(deploy(Action::Created, n)));
            let closed = index(log.append(deploy(Action::Created, n)));
            index(log.append(deploy(Action::revoked(Some(closed)), n)));
            let standing = Log::standing(&log).unwrap();
            let of_token = |at: &u64| standing.open.iter().any(|opening| opening.index == *at);
            assert_eq!((of_token(&opened), of_token(&closed)), (true, false), "{n}");
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(memory.files().len() > 2);
}

#[test]
fn what_is_submitted_is_on_record_whoever_waits() {
    let memory = Memory::default();
    let log = open_log(&memory, options());
    assert_eq!(index(block_on(log.submit(deploy(Action::Created, 1)))), 0);
    drop(log.submit(deploy(Action::Created, 2)));
    let elsewhere = log.clone();
    let third =
        thread::spawn(move || index(block_on(elsewhere.submit(deploy(Action::Created, 3)))));
    assert_eq!(third.join().unwrap(), 2);
    assert_eq!(open(&log.standing().unwrap()), [0, 1, 2]);
    let error = block_on(log.submit(Event::new(Action::checkpointed(0, [0; 32]), ""))).unwrap_err();
    assert_eq!(
        (error.kind(), cause(&error)),
        (token_core::ErrorKind::NotRecorded, ErrorKind::Syntax)
    );
}

/// Its own name is no other log's, however the event gets there.
#[test]
fn an_index_of_this_log_needs_no_name() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    let name = Log::name(&log).to_owned();
    assert_eq!(name, verifying().name());
    let ours = |at| deploy(Action::revoked(Some(at)), 1).origin(name.clone());
    for at in 0..5 {
        assert_eq!(index(log.append(deploy(Action::Created, 1))), at);
    }
    index(log.append(ours(0)));
    index(log.submit(ours(1)).unwrap().wait());
    Recorder::note(&log, ours(2));
    log.recorder().note(ours(3));
    index(log.append(ours(4).origin(name.clone() + "/2")));
    assert_eq!(open(&Log::standing(&log).unwrap()), [4], "the last was another log's");
    log.close().unwrap();
    let reader = read_on(memory.storage(), &verifying()).unwrap();
    let origins = reader.records().filter_map(|record| record.unwrap().event.origin);
    assert_eq!(origins.collect::<Vec<_>>(), [name + "/2"]);
    assert_eq!(reader.open_tokens(NOW).unwrap().strays(), 0);
}

#[test]
fn what_cannot_be_read_back_is_an_error_and_no_empty_log() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    append(&log, 300);
    log.checkpoint().unwrap();
    // A bundle of records that is full and no longer there.
    let mut files: BTreeMap<String, Vec<u8>> = memory.files();
    assert!(files.remove("tile/entries/000").is_some());
    let damaged = Memory::of(&files).open_log(options());
    let error = Log::standing(&damaged).unwrap_err();
    assert_eq!(error.kind(), token_core::ErrorKind::NotReadBack);
    assert_eq!(cause(&error), ErrorKind::LogDamaged);

    log.close().unwrap();
    let error = Log::standing(&log).unwrap_err();
    assert_eq!(error.kind(), token_core::ErrorKind::NotReadBack);
    assert_eq!(cause(&error), ErrorKind::LogClosed);
}
