//! Requests: threads of the shop that read orders, and the service of orders, which verifies their tokens.

use std::{
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use pollster::block_on;
use token_core::{
    Authorizes, Caller, PermittedBy, Reusable, TokenKind,
    caller::{Presented, verify},
};
use token_issue::{Verifier, registry::Sqlite};
use token_rotate::Rotating;

use crate::{POLICY, ReadOrders};

/// The service of orders. It has the issuer's registry, and needs no issuer.
pub(crate) struct Orders(Verifier);

impl Orders {
    pub(crate) fn open(dir: &Path) -> Result<Self, Box<dyn Error>> {
        let registry = Arc::new(Sqlite::open(dir.join("tokens.db"))?);
        Ok(Self(block_on(Verifier::options(&POLICY, registry).start())?))
    }

    /// Answers a request with this token.
    fn read<K>(&self, bearer: &[u8]) -> bool
    where
        K: TokenKind + Authorizes<ReadOrders>,
    {
        let caller = block_on(verify::<K>(&self.0, Presented::new(bearer)));
        caller.is_ok_and(|caller: Caller<K>| caller.authorize::<ReadOrders>().is_ok())
    }
}

/// The shop's threads.
pub(crate) struct Load {
    counts: Arc<Counts>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    done: AtomicU64,
    failed: AtomicU64,
    is_over: AtomicBool,
}

impl Load {
    pub(crate) fn start<K>(token: &Arc<Rotating<K>>, orders: Orders) -> Self
    where
        K: Reusable + Authorizes<ReadOrders>,
        ReadOrders: PermittedBy<K>,
    {
        let (counts, orders) = (Arc::<Counts>::default(), Arc::new(orders));
        let threads = (0..4).map(|_| {
            let (token, orders, counts) =
                (Arc::clone(token), Arc::clone(&orders), Arc::clone(&counts));
            thread::spawn(move || {
                while !counts.is_over.load(Ordering::Relaxed) {
                    // The whole of what a request needs: the current token, for one operation.
                    let answer = token.current().is_ok_and(|token| {
                        token
                            .with(&ReadOrders, |exposed| orders.read::<K>(exposed.as_bytes()))
                            .unwrap_or(false)
                    });
                    let count = if answer { &counts.done } else { &counts.failed };
                    count.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(1));
                }
            })
        });
        Self { threads: threads.collect(), counts }
    }

    pub(crate) fn counts(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.counts.done), read(&self.counts.failed))
    }

    /// Ends the threads; how many requests were answered, and how many failed.
    pub(crate) fn stop(self) -> (u64, u64) {
        self.counts.is_over.store(true, Ordering::Relaxed);
        let counts = Arc::clone(&self.counts);
        for thread in self.threads {
            let _ = thread.join();
        }
        (counts.done.load(Ordering::Relaxed), counts.failed.load(Ordering::Relaxed))
    }
}
