//! The two threads of a verifier.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
    thread::{self, Thread},
};

use super::{poll, shared::Shared, watch};

/// The threads. They end when this is dropped, which does not wait for them: one may be held up by the registry.
pub(super) struct Threads {
    shared: Arc<Shared>,
    threads: Vec<Thread>,
}

impl Threads {
    pub(super) fn start(shared: &Arc<Shared>) -> io::Result<Self> {
        let mut all = Self { shared: Arc::clone(shared), threads: Vec::new() };
        all.spawn("token-poll", poll::run)?;
        all.spawn("token-watch", watch::run)?;
        Ok(all)
    }

    fn spawn(&mut self, name: &str, run: fn(&Arc<Shared>)) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || run(&shared))?;
        self.threads.push(thread.thread().clone());
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Release);
        self.threads.iter().for_each(Thread::unpark);
    }
}
