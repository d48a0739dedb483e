//! Drives with threads: one decides, and each call of the issuer has one of its own, since it may hang.

use std::{
    sync::{Arc, PoisonError},
    thread,
};

use token_core::Reusable;

use super::{fetch, retire};
use crate::{
    Attempt, Error, ErrorKind, Failure, Handle, Issuer,
    rotating::{Act, Rotating, Shared, Threads},
};

struct Driver<K: Reusable, I> {
    shared: Arc<Shared<K>>,
    issuer: Arc<I>,
    threads: Threads,
}

pub(crate) fn start<K: Reusable, I: Issuer<K> + 'static>(
    shared: &Arc<Shared<K>>,
    issuer: I,
) -> Result<Rotating<K>, Error> {
    let threads = Threads::default();
    let driver = Driver {
        shared: Arc::clone(shared),
        issuer: Arc::new(issuer),
        threads: Arc::clone(&threads),
    };
    let rotating = Rotating::of(Arc::clone(shared), threads);
    driver
        .spawn("token-rotate", Driver::run)
        .map_err(|error| Error::because(ErrorKind::NoThread, K::COMPILED.name, Arc::new(error)))?;
    Ok(rotating)
}

impl<K: Reusable, I: Issuer<K> + 'static> Driver<K, I> {
    fn run(&self) {
        loop {
            match self.shared.act() {
                Act::Fetch(attempt) => self.fetch(&attempt),
                Act::Retire(handle) => self.retire(&handle),
                Act::Sleep(at_most) => self.shared.sleep(at_most),
                Act::End => return,
            }
        }
    }

    fn fetch(&self, attempt: &Attempt) {
        let copy = attempt.clone();
        let spawned = self.spawn("token-fetch", move |driver| {
            driver.shared.fetched(&copy, fetch(&*driver.issuer, &copy));
        });
        if let Err(error) = spawned {
            self.shared.fetched(attempt, Err(Failure::transient(error)));
        }
    }

    fn retire(&self, handle: &Handle) {
        let copy = handle.clone();
        let spawned = self.spawn("token-retire", move |driver| {
            driver.shared.retired(&copy, &retire(&*driver.issuer, &copy));
        });
        if let Err(error) = spawned {
            self.shared.retired(handle, &Err(Failure::transient(error)));
        }
    }

    fn spawn(&self, name: &str, run: impl FnOnce(&Self) + Send + 'static) -> std::io::Result<()> {
        let driver = Self {
            shared: Arc::clone(&self.shared),
            issuer: Arc::clone(&self.issuer),
            threads: Arc::clone(&self.threads),
        };
        let hand = self.shared.add_hand();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            run(&driver);
            drop(driver);
            drop(hand);
        })?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(())
    }
}
