//! The issuer's one thread.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use token_core::{TokenId, record::Epoch};

use super::{closing::Closing, loose::Loose, shared::Shared};
use crate::{
    deadline::Deadline,
    error::{Cause, Error, Place},
};

/// The thread, as its issuer sees it.
pub(super) struct Worker {
    /// `None` once it was told to end.
    inbox: Mutex<Option<Sender<Task>>>,
    thread: Mutex<Option<(JoinHandle<()>, Receiver<()>)>>,
    /// How long a drop waits for it.
    patience: Duration,
}

pub(super) enum Task {
    /// End this token.
    TakeBack(Loose),
    /// The end of this token is on record: tell the registry.
    Closed(TokenId),
    /// Something was revoked: put it on record without waiting for the next look.
    Look,
}

impl Worker {
    pub(super) fn start(shared: Arc<Shared>, epoch: Epoch) -> io::Result<Self> {
        let patience = shared.deadline;
        let (inbox, tasks) = mpsc::channel();
        let (done, is_done) = mpsc::channel();
        let run = move || {
            Closing::new(&shared, epoch).run(&tasks);
            // The other side may have given up waiting.
            let _ = done.send(());
        };
        let thread = thread::Builder::new().name("token-issuer".to_owned()).spawn(run)?;
        Ok(Self {
            inbox: Mutex::new(Some(inbox)),
            thread: Mutex::new(Some((thread, is_done))),
            patience,
        })
    }

    pub(super) fn take_back(&self, loose: Loose) {
        self.send(Task::TakeBack(loose));
    }

    /// After the end there is nobody to do it: the next start does.
    pub(super) fn send(&self, task: Task) {
        if let Some(inbox) = &*lock(&self.inbox) {
            let _ = inbox.send(task);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.inbox).is_none()
    }

    /// Has the thread do what is left, and waits for its end.
    pub(super) fn close(&self, patience: Duration) -> Result<(), Error> {
        drop(lock(&self.inbox).take());
        let mut running = lock(&self.thread);
        let Some((thread, is_done)) = running.take() else { return Ok(()) };
        match is_done.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => {
                // It ends by itself, at the latest when what it waits for has run out of time.
                *running = Some((thread, is_done));
                Err(Cause::Late { place: Place::Registry, deadline: patience }.into())
            }
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                let _ = thread.join();
                Ok(())
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Whoever wants to know calls `close` before.
        let _ = self.close(self.patience);
    }
}

/// The thread: takes tasks, and looks at the registry now and then.
impl Closing<'_> {
    fn run(&mut self, tasks: &Receiver<Task>) {
        loop {
            match tasks.recv_timeout(self.pause(Instant::now())) {
                Ok(task) => {
                    self.take(task);
                    tasks.try_iter().for_each(|task| self.take(task));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.work(Instant::now());
        }
        self.finish(Deadline::after(self.patience()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
