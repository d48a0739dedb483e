//! The thread that changes the file: all that waits in one transaction.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use super::{
    Change, Place, Trouble,
    queue::{Asked, Job, Queue, ended},
};
use crate::registry::{Boxed, RegistryError};

/// The thread, and what it has to do.
pub(super) struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, place: Place) -> Result<Self, RegistryError> {
        let queue = Arc::new(Queue::default());
        let waiting = AtEnd(Arc::clone(&queue));
        let thread = thread::Builder::new().name("token-registry".into()).spawn(move || {
            // Also after a panic, nobody waits for this thread in vain.
            let AtEnd(queue) = &waiting;
            loop {
                let jobs = queue.take();
                if jobs.is_empty() {
                    break;
                }
                work(&connection, &place, jobs);
            }
        });
        let thread = thread.map_err(|error| {
            RegistryError::unavailable(format!("no thread can be started: {}", error.kind()))
        })?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Asks for a change now. The future yields the answer.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        how: impl FnOnce(&Change<'_>) -> Result<T, Trouble> + Send + 'static,
        is_made_anyway: bool,
    ) -> Boxed<'_, T> {
        let (job, answer) = Asked::new(how, is_made_anyway);
        let taken = self.queue.push(job);
        Box::pin(async move {
            taken?;
            answer.await.unwrap_or_else(|_| Err(ended()))
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        // A panic of the thread has been told to those who waited.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

struct AtEnd(Arc<Queue>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Makes the changes in one transaction, and then answers them all.
fn work(connection: &Connection, place: &Place, mut jobs: Vec<Box<dyn Job>>) {
    jobs.retain(|job| !job.is_abandoned());
    if jobs.is_empty() {
        return;
    }
    let made = transaction(&Change(connection), &mut jobs);
    if made.is_err() && !connection.is_autocommit() {
        // If this fails too, so does the next BEGIN, which tells.
        drop(connection.execute_batch("ROLLBACK"));
    }
    // What was written into a file that is gone is not durable.
    let committed = made.and_then(|()| Ok(place.check()?)).map_err(|Trouble(error)| error);
    jobs.into_iter().for_each(|job| job.answer(&committed));
}

fn transaction(change: &Change<'_>, jobs: &mut [Box<dyn Job>]) -> Result<(), Trouble> {
    change.execute("BEGIN IMMEDIATE", ())?;
    for job in jobs {
        change.execute("SAVEPOINT job", ())?;
        if let Err(error) = job.run(change) {
            if change.0.is_autocommit() {
                // SQLite has taken everything back.
                return Err(error.into());
            }
            change.execute("ROLLBACK TO job", ())?;
        }
        change.execute("RELEASE job", ())?;
    }
    change.execute("COMMIT", ())?;
    #[cfg(feature = "__test")]
    super::settings::before_a_statement();
    Ok(())
}
