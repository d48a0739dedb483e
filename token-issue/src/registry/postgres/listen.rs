//! Hears of revocations at once, where the server can tell. Nothing depends on it but the speed.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_postgres::AsyncMessage;

use super::{connect::Wire, pool::Pool, settings::POLL, trouble::Trouble};

type Wake = dyn Fn() + Send + Sync;

/// Those who want to hear.
#[derive(Default)]
pub(super) struct Listeners {
    all: Mutex<Vec<Weak<Wake>>>,
    is_heard: AtomicBool,
}

impl Listeners {
    /// Returns whether this is the first one.
    pub(super) fn add(&self, wake: Weak<Wake>) -> bool {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(wake);
        !self.is_heard.swap(true, Ordering::Relaxed)
    }

    fn wake(&self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|wake| wake.upgrade().inspect(|wake| wake()).is_some());
    }
}

/// Listens for as long as the thread runs.
pub(super) async fn run(pool: Arc<Pool>, listeners: Arc<Listeners>) {
    loop {
        // Why it ended does not matter: what it would have told is asked all the same.
        drop(listen(&pool, &listeners).await);
        sleep(PAUSE).await;
        while pool.is_lost() {
            sleep(SOON).await;
        }
        // Not all processes at once: each of them has just connected for its polls.
        sleep(SPREAD.mul_f64(random())).await;
    }
}

async fn listen(pool: &Pool, listeners: &Listeners) -> Result<(), Trouble> {
    let (client, wire) = pool.way.open().await?;
    let (tell, mut told) = mpsc::channel(1);
    let _task = Task(tokio::spawn(hear(wire, tell)));
    client.batch_execute("LISTEN token_registry_revoked").await?;
    // What was revoked before.
    listeners.wake();
    loop {
        match timeout(QUIET, told.recv()).await {
            Ok(Some(())) => {
                listeners.wake();
                // Many revocations at once are one question.
                sleep(AT_MOST_EACH).await;
            }
            Ok(None) => return Ok(()),
            Err(_) => match timeout(POLL, client.batch_execute("")).await {
                Ok(alive) => alive?,
                Err(_) => return Ok(()),
            },
        }
    }
}

/// From zero to one. Any number does if the system has none.
fn random() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX)
}

struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Drives the connection. When it ends, so does the channel.
async fn hear(mut wire: Wire, tell: mpsc::Sender<()>) {
    while let Some(Ok(message)) = poll_fn(|context| wire.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            // One that was not taken yet is enough.
            let _ = tell.try_send(());
        }
    }
}

/// How long a new connection waits after one that was lost or could not be made.
const PAUSE: Duration = Duration::from_secs(1);

/// After so long a silence the server is asked whether it is there.
const QUIET: Duration = Duration::from_secs(10);

/// How soon after the first answer to a poll it connects, and over how long a time several processes do.
const SOON: Duration = Duration::from_millis(100);
const SPREAD: Duration = Duration::from_secs(1);

const AT_MOST_EACH: Duration = Duration::from_millis(10);
