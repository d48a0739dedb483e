//! The connections: one for the feed, few for misses, and one for each change that is under way.

use std::{
    sync::{
        Arc, Mutex as Lock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    connect::{Link, Way},
    settings::{ALL, CHANGE, CHANGES, LOST, POLL, READ, READERS, WAIT},
    slot::Slot,
    trouble::{Trouble, unavailable},
};

pub(super) struct Pool {
    pub(super) way: Arc<Way>,
    feed: Mutex<Slot>,
    readers: [Mutex<Slot>; READERS],
    turn: AtomicUsize,
    /// When the last poll had no connection or no answer, if it had none.
    lost: Lock<Option<Instant>>,
    idle: Lock<Vec<Arc<Link>>>,
    changes: Arc<Semaphore>,
}

impl Pool {
    pub(super) fn new(way: Way) -> Self {
        Self {
            way: Arc::new(way),
            feed: Mutex::default(),
            readers: Default::default(),
            turn: AtomicUsize::new(0),
            lost: Lock::default(),
            idle: Lock::default(),
            changes: Arc::new(Semaphore::new(CHANGES)),
        }
    }

    /// Asks on the connection of the feed, one question at a time. One that is not answered in time closes all connections: the next
    /// question makes a new one, and so do those about single tokens.
    pub(super) async fn poll<T, F>(&self, how: impl FnOnce(Arc<Link>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        within(ALL, async {
            let mut slot = self.feed.lock().await;
            let link = within(WAIT, slot.take(&self.way)).await;
            let link = link.inspect_err(|_| self.note_lost(true))?;
            // It is put back after a whole answer only. One that stayed there within a transaction would answer from an old snapshot.
            let answer = timeout(POLL, how(Arc::clone(&link))).await;
            // A server that refuses is there.
            self.note_lost(answer.is_err() || link.is_closed());
            let answer = answer.unwrap_or_else(|_| Err(slow()));
            match &answer {
                Ok(_) => slot.put(link),
                Err(_) => self.close_others(),
            }
            answer
        })
        .await
    }

    /// Whether the last poll had no connection or no answer. Then the next poll connects first: when a server comes back, each process has
    /// one connection made, and not one for each of its questions. Where nobody polls any more, that is soon forgotten.
    pub(super) fn is_lost(&self) -> bool {
        let lost = *self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.is_some_and(|at| at.elapsed() < LOST)
    }

    fn note_lost(&self, is_lost: bool) {
        let lost = is_lost.then(Instant::now);
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = lost;
    }

    /// Asks on one of the connections for single tokens, behind other questions.
    pub(super) async fn read<T, F>(&self, how: impl FnOnce(Arc<Link>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        if self.is_lost() {
            return Err(unavailable("the server has not answered the last poll"));
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        let Some(slot) = self.readers.get(turn) else {
            return Err(unavailable("it has no connection"));
        };
        let opening = async { slot.lock().await.get(&self.way).await };
        let link = within(READ, opening).await?;
        let answer = within(READ, how(Arc::clone(&link))).await;
        if answer.is_err() {
            // Others may wait on it. They are answered with an error at once.
            link.close();
        }
        answer
    }

    /// Does something on a connection that nobody else uses meanwhile. If it fails, the connection is closed.
    pub(super) async fn alone<T, F>(
        &self,
        limit: Duration,
        how: impl FnOnce(Arc<Link>) -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let Ok(permit) = timeout(CHANGE, self.permit()).await else {
            return Err(unavailable(
                "too many changes wait already; ask for fewer at a time, or use a faster server",
            ));
        };
        let _permit = permit?;
        let idle = self.idle().pop().filter(|link| !link.is_closed());
        let link = match idle {
            Some(link) => link,
            None => self.way.primary().await?,
        };
        let answer = within(limit, how(Arc::clone(&link))).await;
        if answer.is_ok() {
            self.idle().push(link);
        }
        answer
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        let permit = Arc::clone(&self.changes).acquire_owned().await;
        permit.map_err(|_| unavailable("the registry is being closed"))
    }

    /// Those that nobody uses at the moment are as dead as the one that did not answer.
    fn close_others(&self) {
        self.idle().clear();
        for slot in &self.readers {
            // One that is locked is being connected.
            if let Ok(mut slot) = slot.try_lock() {
                slot.close();
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Link>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    timeout(limit, answer).await.unwrap_or_else(|_| Err(slow()))
}

#[cold]
fn slow() -> Trouble {
    unavailable("the server does not answer in time")
}
