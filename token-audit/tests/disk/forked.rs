//! A process that has opened a log forks: the child has no thread that writes, and hears of it at once.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use token_audit::{__test::directory, Error, ErrorKind, Log};
use token_core::record::{Log as _, Recorder};

use crate::{
    child_process::Scratch,
    support::{Ledger, Promises, event, open},
};

/// What `job` says in a child of this process.
fn in_a_child(job: impl FnOnce() -> String) -> String {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    // SAFETY: The child calls `job`, writes to a pipe, and ends without unwinding or running destructors. It takes no lock
    // that another thread of this test may hold at the fork, but that of the allocator, which glibc keeps usable.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork: {}", std::io::Error::last_os_error());
    if pid == 0 {
        let said = job();
        let _ = writer.write_all(said.as_bytes());
        // SAFETY: `_exit` ends the process.
        unsafe { libc::_exit(0) };
    }
    drop(writer);
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    // SAFETY: The child is ours, and nobody needs its status.
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
    said
}

fn told<T>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(_) => "done".to_owned(),
        Err(error) if error.kind() == ErrorKind::LogClosed => {
            let is_clear = error.to_string().contains("forked");
            format!("closed{}", if is_clear { "" } else { ", unclear" })
        }
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn everything(log: &Log) -> Vec<String> {
    let noted = (0..3).map(|number| log.note(event(number))).count() as u64;
    vec![
        told(log.check()),
        told(log.append(event(0))),
        told(log.submit(event(0))),
        told(log.checkpoint()),
        log.standing().map_or("closed".to_owned(), |_| "done".to_owned()),
        if log.missed() == noted { "closed".to_owned() } else { log.missed().to_string() },
        told(log.close()),
    ]
}

#[test]
fn the_child_hears_at_once_that_it_cannot_write() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let log = ledger.open(directory(&scratch.log())).unwrap();
    ledger.append(&log).unwrap();
    let pending = log.submit(event(7)).unwrap();
    for _ in 0..50 {
        let start = Instant::now();
        let said = in_a_child(|| everything(&log).join(" "));
        assert_eq!(said, "closed closed closed closed closed closed closed");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        ledger.append(&log).unwrap();
    }
    let waited = in_a_child(|| told(pending.wait()));
    assert_eq!(waited, "closed");
    log.check().unwrap();
    log.close().unwrap();
}

/// The lock on the state may be held by another thread at the fork; in the child nobody would ever release it.
#[test]
fn the_child_does_not_wait_for_a_thread_that_is_not_there() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let log = ledger.open(directory(&scratch.log())).unwrap();
    std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| (0..3_000).for_each(|_| log.note(event(1)))));
        while threads.iter().any(|thread| !thread.is_finished()) {
            let said = in_a_child(|| {
                let said = everything(&log);
                drop(log.clone());
                said.join(" ")
            });
            assert_eq!(said, "closed closed closed closed closed closed closed");
        }
    });
    log.close().unwrap();
}

/// A child opens a log of its own, and the parent's goes on.
#[test]
fn a_log_that_is_opened_after_the_fork_works() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let theirs = scratch.0.join("theirs");
    let log = ledger.open(directory(&scratch.log())).unwrap();
    std::fs::create_dir(&theirs).unwrap();
    let said = in_a_child(|| {
        let log = open(directory(&theirs)).unwrap();
        told(log.append(event(0)).and_then(|_| log.close()))
    });
    assert_eq!(said, "done");
    ledger.append(&log).unwrap();
    log.close().unwrap();
}
