//! Driven by tasks of tokio.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use token_core::Admission;
use token_rotate::{AsyncIssuer, Attempt, ErrorKind, Failure, Fetched, Handle, Rotating};

use crate::support::{List, kind, living, secs};

/// Answers after a while, and counts.
#[derive(Default)]
struct Slow {
    fetches: AtomicU64,
    retired: AtomicU64,
    lives: u64,
    takes: Duration,
}

impl AsyncIssuer<kind::Plain> for Slow {
    async fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        Ok(living(secs(self.lives)).handle(Handle::new("key")))
    }

    async fn retire(&self, _: &Handle) -> Result<(), Failure> {
        self.retired.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn slow(lives: u64, takes: u64) -> Arc<Slow> {
    Arc::new(Slow { lives, takes: Duration::from_millis(takes), ..Slow::default() })
}

fn options(issuer: &Arc<Slow>) -> token_rotate::Options<kind::Plain, Arc<Slow>> {
    Rotating::options(Admission::new(), issuer.clone())
}

/// On one thread, where a reader that waited would keep the fetch from running.
#[tokio::test]
async fn a_thousand_cold_callers_share_one_fetch() {
    let issuer = slow(600, 50);
    let rotating = Arc::new(options(&issuer).start_empty_on_tokio().unwrap());
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let rotating = Arc::clone(&rotating);
            tokio::spawn(async move { rotating.fresh().await.map(|token| token.id()) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(10)).await;
    callers.iter().skip(1).for_each(tokio::task::JoinHandle::abort);
    let first = callers.into_iter().next().unwrap().await.unwrap().unwrap();
    assert_eq!(first, rotating.current().unwrap().id());
    assert_eq!(issuer.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_token_is_replaced_while_callers_wait() {
    let issuer = slow(600, 20);
    let rotating = Arc::new(options(&issuer).start_on_tokio().await.unwrap());
    tokio::time::sleep(secs(1)).await;
    let id = rotating.current().unwrap().id();
    let mut changes = rotating.watch();
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let rotating = Arc::clone(&rotating);
            tokio::spawn(async move {
                rotating.rejected(id);
                let token = rotating.fresh().await.unwrap();
                assert_ne!(token.id(), id);
                token.expose_for(&List).map(drop)
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert!(changes.changed().await);
    assert_eq!(issuer.fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_fetch_that_hangs_is_dropped() {
    let issuer = slow(600, 1_000_000);
    let error =
        options(&issuer).patience(Duration::from_millis(50)).start_on_tokio().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Late);
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_fetch_that_hangs() {
    let issuer = slow(600, 1_000_000);
    let rotating = options(&issuer).start_empty_on_tokio().unwrap();
    tokio::task::yield_now().await;
    tokio::time::timeout(secs(1), rotating.close_async()).await.unwrap();
    assert_eq!(rotating.fresh().await.map(drop).unwrap_err().kind(), ErrorKind::Closed);
    drop(rotating);
    tokio::task::yield_now().await;
    assert_eq!(Arc::strong_count(&issuer), 1, "no task has it any more");
}

#[tokio::test]
async fn at_the_end_the_token_is_retired() {
    let issuer = slow(600, 0);
    let rotating = options(&issuer).start_on_tokio().await.unwrap();
    rotating.close_async().await;
    assert_eq!(issuer.retired.load(Ordering::SeqCst), 1);
    assert_eq!(rotating.health().leases, 0);
}

struct Panics;

impl AsyncIssuer<kind::Plain> for Panics {
    async fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        panic!("it does")
    }
}

#[tokio::test]
async fn an_issuer_that_panics_has_failed() {
    let options = Rotating::<kind::Plain>::options(Admission::new(), Panics);
    assert_eq!(options.start_on_tokio().await.unwrap_err().kind(), ErrorKind::NotFetched);
}

#[test]
fn without_a_runtime_it_says_so() {
    let error = options(&slow(600, 0)).start_empty_on_tokio().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoRuntime);
}

/// What futures must be, so that they can be spawned.
#[test]
fn futures_may_move_between_threads() {
    fn is_send<T: Send>(_: T) {}
    let rotating = options(&slow(600, 0)).start_empty_on_tokio();
    if let Ok(rotating) = &rotating {
        is_send(rotating.fresh());
        is_send(rotating.close_async());
        let mut changes = rotating.watch();
        is_send(changes.changed());
    }
}
