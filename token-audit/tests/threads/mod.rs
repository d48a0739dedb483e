//! The threads that append, the thread that writes, and those that close, in all orders of their steps.
//!
//! The code is this crate's: the queue, the slots, the writer and all that it does to a disk. loom runs each model in every order in
//! which it may change threads: at each lock, each condition variable and each atomic number. The disk is one in memory, that knows what a
//! power failure would leave, and is asked at each answer. A wake-up that is lost leaves a model with no thread that can go on,
//! which loom reports, since no deadline comes here.
//!
//! The test `orders` has callers come in the midst of the writer's operations on the disk, up to three of them. It has no order
//! within the queue, and one thread at a time. Here are the threads, and no operation of the disk is interrupted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

mod disk;
pub(crate) mod sync;
mod world;

use std::{
    env,
    future::Future,
    pin::pin,
    process::Command,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use self::{
    disk::Fault,
    sync::{Condvar, Mutex},
    world::{World, all_orders, all_orders_without, event, spawn},
};
use crate::{ErrorKind, Recorder as _};

/// Two appenders may share a frame or not.
fn two_append() {
    let world = World::new();
    let other = spawn({
        let world = world.clone();
        move || world.append(1).unwrap()
    });
    let mut indexes = [world.append(2).unwrap(), other.join().unwrap()];
    indexes.sort_unstable();
    assert_eq!(indexes, [0, 1]);
    let closed = world.close().unwrap();
    assert_eq!((closed.size(), world.counted()), (2, (2, 0)));
}

/// Whoever asks for a checkpoint gets one over all that was acknowledged before it asked.
fn one_appends_and_one_seals() {
    let world = World::new();
    let other = spawn({
        let world = world.clone();
        move || {
            let index = world.append(1).unwrap();
            assert!(world.seal().unwrap().size() > index);
        }
    });
    world.seal().unwrap();
    other.join().unwrap();
    world.close().unwrap();
}

/// An event is on record, under the last checkpoint, or its appender is told that the log is closed.
fn one_appends_while_the_log_is_closed() {
    let world = World::new();
    let other = spawn({
        let world = world.clone();
        move || world.append(1)
    });
    let size = world.close().unwrap().size();
    match other.join().unwrap() {
        Ok(index) => assert_eq!((index, size), (0, 1)),
        Err(error) => assert_eq!((error.kind(), size), (ErrorKind::LogClosed, 0)),
    }
    assert_eq!(world.counted(), (size as usize, 0));
}

/// A noted event is on record, or counted as lost.
fn one_notes_while_the_log_is_closed() {
    let world = World::new();
    let other = spawn({
        let world = world.clone();
        move || world.log.note(event(1))
    });
    world.close().unwrap();
    other.join().unwrap();
    let (on_record, lost) = world.counted();
    assert_eq!(on_record as u64 + lost, 1);
}

/// Two handles are dropped, of which the last one closes the log; that of a token closes it in the background.
fn the_last_handle_is_dropped() {
    let World { log, disk, .. } = World::new();
    let tap = log.recorder();
    let other = spawn(move || {
        tap.note(event(1));
        drop(tap);
    });
    drop(log);
    other.join().unwrap();
    drop(disk);
}

/// Two append while the disk breaks: what is acknowledged is there, and each gets an answer.
fn the_disk_breaks() {
    let world = World::with(Fault::Fail(1));
    let other = spawn({
        let world = world.clone();
        move || world.append(1).is_ok()
    });
    let here = world.append(2).is_ok();
    let acknowledged = usize::from(here) + usize::from(other.join().unwrap());
    let closed = world.close();
    assert!(closed.is_err(), "the second sync failed");
    assert!(world.counted().0 >= acknowledged);
}

/// Who awaits is woken, though another one closes.
fn one_awaits_while_the_log_is_closed() {
    let world = World::new();
    let other = spawn({
        let world = world.clone();
        move || {
            let receipt = block_on(world.submit(1)?)?;
            world.check(1, receipt.index().unwrap());
            Ok::<(), crate::Error>(())
        }
    });
    let size = world.close().unwrap().size();
    match other.join().unwrap() {
        Ok(()) => assert_eq!(size, 1),
        Err(error) => assert_eq!((error.kind(), size), (ErrorKind::LogClosed, 0)),
    }
}

const MODELS: [(&str, fn()); 7] = [
    ("two append", two_append),
    ("one appends and one seals", one_appends_and_one_seals),
    ("one appends while the log is closed", one_appends_while_the_log_is_closed),
    ("one notes while the log is closed", one_notes_while_the_log_is_closed),
    ("the last handle is dropped", the_last_handle_is_dropped),
    ("the disk breaks", the_disk_breaks),
    ("one awaits while the log is closed", one_awaits_while_the_log_is_closed),
];

#[test]
fn in_all_orders_each_answer_is_true_and_nobody_waits_for_ever() {
    for (name, model) in MODELS {
        println!("{name}: {} orders", all_orders(model));
    }
}

/// A model that finds nothing proves nothing, unless it finds what is planted. Each fault has a process of its own, since
/// loom cannot clean up after a failure.
#[test]
fn planted_faults_are_found() {
    match env::var("FAULT").as_deref() {
        Ok("lie") => {
            all_orders(|| {
                let world = World::with(Fault::Lie(0));
                let _ = world.append(1);
            });
        }
        // The first wake-up is the writer's, and the second one the appender's.
        Ok(wake) => all_orders_without(wake.parse().unwrap(), || {
            let _ = World::new().append(1);
        }),
        Err(_) => {
            for (fault, found) in [("lie", "too early"), ("1", "deadlock"), ("2", "deadlock")] {
                let mut command = Command::new(env::current_exe().unwrap());
                let name = "writer::threads::planted_faults_are_found";
                command.args(["--exact", name, "--nocapture"]).env("FAULT", fault);
                let output = command.output().unwrap();
                let text = String::from_utf8_lossy(&output.stderr);
                assert!(!output.status.success(), "{fault}");
                assert!(text.contains(found), "{fault}: {text}");
            }
        }
    }
}

/// Wakes a thread of loom.
#[derive(Default)]
struct Bell {
    has_rung: Mutex<bool>,
    rung: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.has_rung.lock().unwrap() = true;
        self.rung.notify_one();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, bell) = (pin!(future), Arc::new(Bell::default()));
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut has_rung = bell.has_rung.lock().unwrap();
        while !*has_rung {
            has_rung = bell.rung.wait(has_rung).unwrap();
        }
        *has_rung = false;
    }
}
