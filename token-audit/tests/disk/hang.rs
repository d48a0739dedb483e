//! A disk that does not answer: whoever asks is told in time.

use std::{
    pin::pin,
    process::ExitStatus,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use token_audit::{__test::directory, Error, ErrorKind, Log, Pending};
use token_core::record::{self, Recorder};

use crate::{
    child_process::{Scratch, Writing},
    disks::{Faulty, Op, Volatile},
    support::{Ledger, Promises, big, event, options, records},
};

const DEADLINE: Duration = Duration::from_millis(300);

fn start() -> (Volatile, Faulty, Arc<Ledger>, Log) {
    let (volatile, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let disk = Faulty::over(volatile.storage());
    let log = ledger.open_with(disk.storage(), options().deadline(DEADLINE)).unwrap();
    ledger.append(&log).unwrap();
    (volatile, disk, ledger, log)
}

fn timed<V>(work: impl FnOnce() -> V) -> (V, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// All of a runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    let (waker, mut future) = (Waker::from(Arc::new(Unpark(thread::current()))), pin!(future));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

fn is_timeout<V: std::fmt::Debug>(outcome: Result<V, Error>) {
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn an_append_ends_at_the_deadline_and_the_next_one_at_once() {
    for op in [Op::Write, Op::Sync, Op::InPlace] {
        let (_, disk, ledger, log) = start();
        disk.hang(op);
        let (outcome, took) = timed(|| ledger.append(&log));
        is_timeout(outcome);
        assert!(took >= DEADLINE && took < Duration::from_secs(1), "{took:?}");
        for _ in 0..3 {
            let (outcome, took) = timed(|| ledger.append(&log));
            is_timeout(outcome);
            assert!(took < Duration::from_millis(50), "{took:?}");
        }
        let (outcome, took) = timed(|| log.checkpoint());
        is_timeout(outcome);
        assert!(took < Duration::from_millis(50), "{took:?}");
        is_timeout(log.check());
        let (outcome, took) = timed(|| record::Log::standing(&log));
        assert_eq!(outcome.unwrap_err().kind(), token_core::ErrorKind::NotReadBack);
        assert!(took < Duration::from_millis(50), "{took:?}");
        let (outcome, took) = timed(|| block_on(record::Log::submit(&log, event(7))));
        assert_eq!(outcome.unwrap_err().kind(), token_core::ErrorKind::NotRecorded);
        assert!(took < Duration::from_millis(50), "{took:?}");
        let ((), took) = timed(|| log.note(event(7)));
        assert!(took < Duration::from_millis(20), "{took:?}");
        disk.heal();
        until_it_works(&ledger, &log);
        drop(log);
        ledger.check(&disk.storage(), "afterwards");
    }
}

fn until_it_works(ledger: &Ledger, log: &Log) {
    let works = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(2));
        ledger.append(log).is_ok()
    });
    assert!(works);
}

#[test]
fn awaiting_ends_at_the_deadline_without_any_runtime() {
    let (_, disk, ledger, log) = start();
    disk.hang(Op::Sync);
    let (outcome, took) = timed(|| block_on(log.submit(event(1)).unwrap()));
    is_timeout(outcome);
    assert!(took >= DEADLINE && took < Duration::from_secs(1), "{took:?}");
    disk.heal();
    until_it_works(&ledger, &log);
    let _ = block_on(log.submit(event(2)).unwrap()).unwrap();
}

/// Polls another future where it is woken, as an executor may.
struct PollsAnother(Mutex<Option<Pending>>);

impl Wake for PollsAnother {
    fn wake(self: Arc<Self>) {
        if let Some(pending) = self.0.lock().unwrap().take() {
            let _ = pin!(pending).as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}

/// Nothing of ours may be locked while a waker runs.
#[test]
fn a_waker_may_poll_another_future() {
    let (_, disk, _ledger, log) = start();
    disk.hang(Op::Sync);
    let (mut first, second) = (pin!(log.submit(event(1)).unwrap()), log.submit(event(2)).unwrap());
    let third = log.submit(event(3)).unwrap();
    let waker = Waker::from(Arc::new(PollsAnother(Mutex::new(Some(second)))));
    let _ = first.as_mut().poll(&mut Context::from_waker(&waker));
    // On a thread of its own, since a deadlock would never end.
    let (send, ended) = mpsc::channel();
    thread::spawn(move || send.send(block_on(third).is_err()));
    assert_eq!(ended.recv_timeout(Duration::from_secs(2)), Ok(true));
    disk.heal();
}

#[test]
fn dropping_a_log_does_not_wait_for_ever() {
    let (_, disk, _ledger, log) = start();
    disk.hang(Op::Sync);
    is_timeout(log.append(event(1)));
    let ((), took) = timed(|| drop(log));
    assert!(took < DEADLINE + Duration::from_millis(200), "{took:?}");
    disk.heal();
}

/// What is refused while it hangs is not on record; what was taken may be, once.
#[test]
fn what_waited_is_recorded_once() {
    let (_, disk, ledger, log) = start();
    disk.hang(Op::Sync);
    is_timeout(ledger.append(&log));
    is_timeout(ledger.append(&log));
    disk.heal();
    until_it_works(&ledger, &log);
    drop(log);
    let records = records(&disk.storage());
    let mut tokens: Vec<_> = records.iter().filter_map(|record| record.event.token).collect();
    let all = tokens.len();
    tokens.sort_unstable_by_key(|token| *token.as_bytes());
    tokens.dedup();
    assert_eq!(tokens.len(), all);
}

#[test]
fn a_process_whose_log_hangs_ends() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let path = scratch.log();
    let mut child = Writing::start("hang", &path, None, &ledger);
    child.listen("ends", &ledger).unwrap();
    let (status, took) = timed(|| child.child.wait().unwrap());
    assert!(ExitStatus::success(&status) && took < Duration::from_secs(1), "{status} {took:?}");
    ledger.check(&directory(&path), "after a hang");
}

#[test]
fn dropping_what_a_token_holds_waits_for_nothing() {
    let (_, disk, ledger, log) = start();
    let recorder = log.recorder();
    drop(log);
    disk.hang(Op::Sync);
    recorder.note(event(1));
    let ((), took) = timed(|| drop(recorder));
    assert!(took < Duration::from_millis(50), "{took:?}");
    disk.heal();
    let works = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(2));
        ledger.open(disk.storage()).is_ok()
    });
    assert!(works, "the log is closed in the background");
}

#[test]
fn whoever_is_polled_later_does_not_wait_for_those_before() {
    let (_, disk, _, log) = start();
    disk.hang(Op::Sync);
    let start = Instant::now();
    let first = log.submit(event(1)).unwrap();
    thread::sleep(DEADLINE * 2 / 3);
    let second = log.submit(event(2)).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| is_timeout(block_on(second)));
        thread::sleep(DEADLINE / 10);
        is_timeout(block_on(first));
        let took = start.elapsed();
        assert!(took < DEADLINE * 3 / 2, "{took:?}");
    });
    disk.heal();
}

#[test]
fn an_event_that_was_given_up_is_not_recorded_later() {
    let (_, disk, ledger, log) = start();
    disk.hang(Op::Sync);
    thread::scope(|scope| {
        // The first is with the disk; the others wait behind it and give up.
        for number in 100..108 {
            let log = &log;
            scope.spawn(move || is_timeout(log.append(event(number))));
            thread::sleep(DEADLINE / 10);
        }
    });
    disk.heal();
    until_it_works(&ledger, &log);
    log.close().unwrap();
    let of_them =
        |record: &token_audit::Record| (100..108).any(|n| record.event.token == event(n).token);
    let recorded = records(&disk.storage()).iter().filter(|record| of_them(record)).count();
    assert!(recorded <= 1, "only the one that was with the disk: {recorded}");
}

/// Not only those of the group that failed, but also the one that did not fit into it any more.
#[test]
fn everybody_hears_of_a_failing_disk_at_once() {
    let ledger = Ledger::of(Promises::default());
    let disk = Faulty::over(Volatile::default().storage());
    let log =
        ledger.open_with(disk.storage(), options().deadline(Duration::from_secs(60))).unwrap();
    disk.hang(Op::Sync);
    let first = log.submit(event(1)).unwrap();
    while disk.hanging() == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    let others: Vec<Pending> = (0..12).map(|n| log.submit(big(n)).unwrap()).collect();
    disk.fail(Op::Sync, 5, 2);
    let (outcomes, took) = timed(|| {
        let all = std::iter::once(first).chain(others);
        all.map(|pending| pending.wait().map(drop).map_err(|error| error.kind()))
            .collect::<Vec<_>>()
    });
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(outcomes[1..], [Err(ErrorKind::LogPoisoned); 12]);
}
