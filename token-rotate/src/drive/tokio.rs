//! Drives with tasks of a tokio runtime.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use token_core::Reusable;
use tokio::{runtime::Handle as Runtime, time::sleep};

use crate::{
    AsyncIssuer, Attempt, Error, ErrorKind, Failure, Fetched, Handle,
    rotating::{Act, Rotating, Shared, Threads},
};

struct Driver<K: Reusable, I> {
    shared: Arc<Shared<K>>,
    issuer: Arc<I>,
    runtime: Runtime,
}

pub(crate) fn start<K: Reusable, I: AsyncIssuer<K> + 'static>(
    shared: Arc<Shared<K>>,
    issuer: I,
) -> Result<Rotating<K>, Error> {
    let name = K::COMPILED.name;
    let runtime = Runtime::try_current()
        .map_err(|error| Error::because(ErrorKind::NoRuntime, name, Arc::new(error)))?;
    let rotating = Rotating::of(Arc::clone(&shared), Threads::default());
    let driver = Driver { shared, issuer: Arc::new(issuer), runtime: runtime.clone() };
    let hand = driver.shared.add_hand();
    runtime.spawn(async move {
        driver.run().await;
        drop((driver, hand));
    });
    Ok(rotating)
}

impl<K: Reusable, I: AsyncIssuer<K> + 'static> Driver<K, I> {
    async fn run(&self) {
        loop {
            match self.shared.act() {
                Act::Fetch(attempt) => self.fetch(attempt),
                Act::Retire(handle) => self.retire(handle),
                Act::Sleep(at_most) => {
                    race(self.shared.rung(), sleep(at_most)).await;
                }
                Act::End => return,
            }
        }
    }

    fn fetch(&self, attempt: Attempt) {
        let (shared, issuer) = (Arc::clone(&self.shared), Arc::clone(&self.issuer));
        let hand = self.shared.add_hand();
        let mut report = Report { shared, attempt, result: None };
        self.runtime.spawn(async move {
            let fetched =
                race(issuer.fetch(&report.attempt), report.shared.cancelled(&report.attempt)).await;
            report.result =
                Some(fetched.unwrap_or_else(|| Err(Failure::transient("it was cancelled"))));
            drop((report, issuer, hand));
        });
    }

    fn retire(&self, handle: Handle) {
        let (shared, issuer) = (Arc::clone(&self.shared), Arc::clone(&self.issuer));
        let (hand, patience) = (self.shared.add_hand(), self.shared.patience());
        let mut report = Retired { shared, handle, result: None };
        self.runtime.spawn(async move {
            let retired = race(issuer.retire(&report.handle), sleep(patience)).await;
            report.result =
                Some(retired.unwrap_or_else(|| Err(Failure::transient("it took too long"))));
            drop((report, issuer, hand));
        });
    }
}

/// Tells what came of a fetch, also if the issuer panicked or the runtime ends.
struct Report<K: Reusable> {
    shared: Arc<Shared<K>>,
    attempt: Attempt,
    result: Option<Result<Fetched, Failure>>,
}

impl<K: Reusable> Drop for Report<K> {
    fn drop(&mut self) {
        let result = self.result.take().unwrap_or_else(|| Err(Failure::transient(super::PANICKED)));
        self.shared.fetched(&self.attempt, result);
    }
}

/// Tells what came of a retirement, also if the issuer panicked or the runtime ends.
struct Retired<K: Reusable> {
    shared: Arc<Shared<K>>,
    handle: Handle,
    result: Option<Result<(), Failure>>,
}

impl<K: Reusable> Drop for Retired<K> {
    fn drop(&mut self) {
        let result = self.result.take().unwrap_or_else(|| Err(Failure::transient(super::PANICKED)));
        self.shared.retired(&self.handle, &result);
    }
}

/// What the first future yields, unless the second one is ready before.
async fn race<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> Option<A> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(output) = one.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        other.as_mut().poll(context).map(|_| None)
    })
    .await
}
