//! The log: who appends gets an index and may rely on it, and nobody waits for ever.

mod edges;
mod memory;
pub mod sample;
mod standing;

use std::{
    collections::BTreeSet,
    fmt::Debug,
    future::Future,
    pin::pin,
    sync::{Arc, Barrier, Mutex},
    task::{Context, Poll, Wake},
    thread::{self, Thread},
};

use test_support::{TempDir, secs};
use time::UtcDateTime;
use token_audit::{__test::read_on, Checkpoint, ErrorKind, Log, Reader, verify};
use token_core::{
    PolicyDigest, TokenId,
    record::{Action, Event, Receipt, Recorder, Use},
};

use self::sample::{Memory, append, event, key, options, verifying};
use crate::support::{NOW, clock, kind_of};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// No runtime: this thread polls, and sleeps until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn index<E: Debug>(receipt: Result<Receipt, E>) -> u64 {
    receipt.unwrap().index().unwrap()
}

#[test]
fn sixteen_threads_share_the_indexes_among_them() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let start = Barrier::new(16);
    let all: Vec<(u64, u64)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|thread| {
                let (log, start) = (log.clone(), &start);
                scope.spawn(move || {
                    start.wait();
                    let mine = (0..50).map(|n| thread * 1000 + n);
                    mine.map(|n| (index(log.append(event(n))), n)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let indexes: BTreeSet<u64> = all.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, (0..800).collect());
    log.close().unwrap();
    let reader = Reader::open(directory.path(), &verifying()).unwrap();
    for (index, n) in all {
        assert_eq!(
            reader.record(index).unwrap().event,
            event(n),
            "{index} is whose it was said to be"
        );
    }
}

#[test]
fn a_pending_event_is_awaited_without_a_runtime_or_waited_for() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    assert_eq!(index(block_on(log.submit(event(0)).unwrap())), 0);
    assert_eq!(index(log.submit(event(1)).unwrap().wait()), 1);
    let several: Vec<_> = (2..100).map(|n| log.submit(event(n)).unwrap()).collect();
    let indexes: Vec<u64> = several.into_iter().map(|pending| index(block_on(pending))).collect();
    assert_eq!(indexes, (2..100).collect::<Vec<_>>());
    drop(log.submit(event(100)).unwrap());
    assert_eq!(log.close().unwrap().size(), 101, "also what nobody waited for");
}

#[test]
fn clones_are_handles_on_one_log_and_closing_is_for_all() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let other = log.clone();
    assert_eq!((index(log.append(event(0))), index(other.append(event(1)))), (0, 1));
    drop(log.clone());
    other.check().unwrap();
    let last = log.close().unwrap();
    assert_eq!(last.size(), 2);
    for handle in [&log, &other] {
        assert_eq!(handle.close().unwrap(), last, "closing again changes nothing");
        assert_eq!(kind_of(handle.append(event(2))), Some(ErrorKind::LogClosed));
        assert_eq!(kind_of(handle.submit(event(2))), Some(ErrorKind::LogClosed));
        assert_eq!(kind_of(handle.checkpoint()), Some(ErrorKind::LogClosed));
        assert_eq!(kind_of(handle.check()), Some(ErrorKind::LogClosed));
        handle.note(event(2));
    }
    assert_eq!(Reader::open(directory.path(), &verifying()).unwrap().checkpoint(), &last);
}

#[test]
fn dropping_the_last_handle_seals_everything() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let other = log.clone();
    append(&log, 300);
    other.note(event(300));
    drop(log);
    let size = || Reader::open(directory.path(), &verifying()).unwrap().checkpoint().size();
    assert_eq!(size(), 0, "somebody holds it still");
    drop(other);
    assert_eq!(size(), 301);
    assert_eq!(Reader::open(directory.path(), &verifying()).unwrap().unsealed().unwrap(), []);
}

#[test]
fn opened_again_it_goes_on_where_it_was() {
    let memory = Memory::default();
    let mut end = 0;
    for more in [0, 1, 0, 254, 1, 1, 254, 0, 1, 1, 300, 255, 256] {
        let log = memory.open_log(options());
        if more > 0 {
            assert_eq!(index(log.append(event(0))), end);
            append(&log, more - 1);
        }
        end += more;
        assert_eq!(log.close().unwrap().size(), end);
    }
}

#[test]
fn opened_again_at_any_size_it_goes_on() {
    for size in [0, 1, 255, 256, 257, 511, 512, 513, 65_540] {
        let memory = Memory::default();
        append(&memory.open_log(options().journal_bytes(16 << 20)), size);
        let log = memory.open_log(options());
        assert_eq!(index(log.append(event(7))), size);
        assert_eq!(log.close().unwrap().size(), size + 1);
        let reader = read_on(memory.storage(), &verifying()).unwrap();
        assert_eq!(reader.record(size).unwrap().event, event(7));
    }
}

#[test]
fn a_checkpoint_covers_what_was_submitted_before() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    for count in [1, 1024, 5000] {
        let before = log.checkpoint().unwrap().size();
        for n in 0..count {
            drop(log.submit(event(n)).unwrap());
        }
        assert!(log.checkpoint().unwrap().size() >= before + count, "{count} submitted");
        (0..count).for_each(|n| log.note(event(n)));
        assert!(log.checkpoint().unwrap().size() >= before + 2 * count, "{count} noted");
    }
    let covered = thread::scope(|scope| {
        let load = scope.spawn(|| append(&log, 20_000));
        while !load.is_finished() {
            let index = index(log.append(event(1)));
            assert!(log.checkpoint().unwrap().size() > index);
        }
        load.join().unwrap()
    });
    assert!(covered > 20_000);
}

#[test]
fn every_checkpoint_is_told_of_and_put_on_record() {
    let directory = TempDir::new();
    let told = Arc::new(Mutex::new(Vec::<Checkpoint>::new()));
    let tell = told.clone();
    let tell = move |checkpoint: &Checkpoint| tell.lock().unwrap().push(checkpoint.clone());
    let log = options().on_checkpoint(tell).open(directory.path(), key()).unwrap();
    for more in [1, 5, 250, 1, 300, 0, 3] {
        append(&log, more);
        log.checkpoint().unwrap();
    }
    log.close().unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 6, "no checkpoint over nothing new");
    assert!(told.array_windows().all(|[one, next]| one.size() < next.size()));
    let reader = Reader::open(directory.path(), &verifying()).unwrap();
    for old in &*told {
        let proof = reader.prove_since(old).unwrap();
        assert_eq!(&proof.verify(old, &verifying()).unwrap(), reader.checkpoint());
    }
    let stated = reader.records().filter_map(|record| match record.unwrap().event.action {
        Action::Checkpointed { size, root, .. } => Some((size, root)),
        _ => None,
    });
    let expected = told.iter().map(|checkpoint| (checkpoint.size(), *checkpoint.root()));
    assert_eq!(
        stated.collect::<Vec<_>>(),
        expected.take(5).collect::<Vec<_>>(),
        "but for the last"
    );
}

#[test]
fn a_callback_that_panics_ends_the_log_and_nobody_waits_for_it() {
    let memory = Memory::default();
    let log = memory.open_log(options().on_checkpoint(|_| panic!("a test does this")));
    append(&log, 3);
    let pending = log.submit(event(3)).unwrap();
    assert_eq!(kind_of(log.checkpoint()), Some(ErrorKind::LogPoisoned));
    assert_eq!(index(pending.wait()), 3, "it was durable before");
    assert_eq!(kind_of(log.append(event(4))), Some(ErrorKind::LogPoisoned));
    assert_eq!(kind_of(log.check()), Some(ErrorKind::LogPoisoned));
    assert_eq!(kind_of(log.close()), Some(ErrorKind::LogPoisoned));
    drop(log);
    assert_eq!(index(memory.open_log(options()).append(event(4))), 4);
}

#[test]
fn times_are_the_clocks() {
    let memory = Memory::default();
    let clock = clock();
    let log = memory.open_log(options().clock(clock.clone()));
    let _ = log.append(event(0)).unwrap();
    clock.advance(secs(90));
    let _ = log.append(event(1)).unwrap();
    log.checkpoint().unwrap();
    clock.set_wall(UtcDateTime::UNIX_EPOCH);
    log.note(event(2));
    log.close().unwrap();
    let reader = read_on(memory.storage(), &verifying()).unwrap();
    let times: Vec<_> = reader.records().map(|record| record.unwrap().time).collect();
    let start = UtcDateTime::UNIX_EPOCH;
    assert_eq!(times, [NOW, NOW + secs(90), start, start], "the record of the checkpoint too");
}

/// One of each, with everything that it may have.
fn one_of_each() -> Vec<Event> {
    let id = |byte| TokenId::from_bytes([byte; 16]);
    let uses = vec![Use::new("repo:read", u64::MAX)];
    let actions = [
        Action::Created,
        Action::Admitted,
        Action::exposed(Some(0), uses),
        Action::narrowed(Some(1)),
        Action::rotated(Some(0), Some(id(9))),
        Action::revoked(Some(1)),
        Action::expired(None),
        Action::destroyed(Some(u64::MAX)),
        Action::refused(token_core::ErrorKind::ExcessScope.name()),
        Action::other("frozen"),
    ];
    let with = |action| {
        let event = Event::new(action, "ci").token(id(3)).scopes(["repo:read", "deploy:run"]);
        event.policy(PolicyDigest::from_bytes([5; 32])).actor("ci\u{1F600}\"\\\n").reason("\0why")
    };
    actions.into_iter().map(with).collect()
}

#[test]
fn every_event_comes_back_as_it_was_through_the_trait() {
    let directory = TempDir::new();
    let recorder: Arc<dyn Recorder> = Arc::new(options().open(directory.path(), key()).unwrap());
    let events = one_of_each();
    for (at, event) in (0..).zip(&events) {
        assert_eq!(index(recorder.record(event.clone())), at);
    }
    events.iter().for_each(|event| recorder.note(event.clone()));
    drop(recorder);
    let reader = Reader::open(directory.path(), &verifying()).unwrap();
    let read: Vec<Event> = reader.records().map(|record| record.unwrap().event).collect();
    assert_eq!(read, [&events[..], &events].concat());
}

/// It would look like a rewritten history.
#[test]
fn only_the_log_puts_checkpoints_on_record() {
    let directory = TempDir::new();
    let log: Log = options().open(directory.path(), key()).unwrap();
    let event = Event::new(Action::checkpointed(0, [7; 32]), "");
    assert_eq!(kind_of(log.append(event.clone())), Some(ErrorKind::Syntax));
    log.note(event);
    assert_eq!(index(log.append(sample::event(0))), 0);
    log.close().unwrap();
    let reader = Reader::open(directory.path(), &verifying()).unwrap();
    assert_eq!(reader.record(0).unwrap().missed, 1);
    let verification = verify(directory.path(), &verifying(), &[]).unwrap();
    assert_eq!(verification.findings, []);
}
