//! A log on a disk in memory, and who uses it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use token_core::{Secret, TokenId};

use super::{
    disk::{Disk, Fault},
    sync::{LOST, WOKEN, thread},
};
use crate::{
    Action, Checkpoint, Error, Event, Log, Pending, Reader, Record, SigningKey, VerifyingKey,
    writer::open_on,
};

/// A public example (golang.org/x/mod/sumdb/note).
const KEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

#[derive(Clone)]
pub(super) struct World {
    pub(super) log: Log,
    pub(super) disk: Disk,
    key: VerifyingKey,
    /// How many records are acknowledged: up to the greatest index that was.
    acknowledged: Arc<AtomicU64>,
}

impl World {
    /// With a new log. No deadline comes, and no checkpoint that nobody asks for.
    pub(super) fn new() -> Self {
        let (disk, key) = (Disk::default(), SigningKey::from_secret(Secret::from(KEY.to_owned())));
        let (key, hours) = (key.unwrap(), Duration::from_secs(36_000));
        let verifying = key.verifying_key().clone();
        let options = Log::options().checkpoint_every(hours).deadline(hours).journal_bytes(0);
        let log = open_on(&disk.storage(), key, options, Path::new("test")).unwrap();
        Self { log, disk, key: verifying, acknowledged: Arc::default() }
    }

    /// With a log whose disk does this, counted from now on.
    pub(super) fn with(fault: Fault) -> Self {
        let world = Self::new();
        world.disk.set(Some(fault));
        world
    }

    /// Appends an event. If it is acknowledged, a power failure at this moment leaves it. Returns its index.
    pub(super) fn append(&self, number: u128) -> Result<u64, Error> {
        let index = self.log.append(event(number))?.index().unwrap();
        self.check(number, index);
        Ok(index)
    }

    /// The same for one that is awaited.
    pub(super) fn submit(&self, number: u128) -> Result<Pending, Error> {
        self.log.submit(event(number))
    }

    pub(super) fn check(&self, number: u128, index: u64) {
        let left = self.left();
        let found = left.iter().find(|record| record.index == index);
        let token = found.and_then(|record| record.event.token);
        assert_eq!(token, Some(token_of(number)), "record {index} was acknowledged too early");
        self.acknowledged.fetch_max(index + 1, Ordering::SeqCst);
    }

    /// Asks for a checkpoint: it covers what was acknowledged before, and is durable.
    pub(super) fn seal(&self) -> Result<Checkpoint, Error> {
        let before = self.acknowledged.load(Ordering::SeqCst);
        let checkpoint = self.log.checkpoint()?;
        self.check_sealed(&checkpoint, before);
        Ok(checkpoint)
    }

    /// Closes the log: its last checkpoint covers all that was acknowledged, and is durable.
    pub(super) fn close(&self) -> Result<Checkpoint, Error> {
        let closed = self.log.close()?;
        self.check_sealed(&closed, self.acknowledged.load(Ordering::SeqCst));
        Ok(closed)
    }

    fn check_sealed(&self, checkpoint: &Checkpoint, at_least: u64) {
        let size = self.reader().checkpoint().size();
        assert!(checkpoint.size() >= at_least, "a checkpoint over too few records");
        assert!(size >= checkpoint.size(), "a checkpoint was handed out too early");
    }

    fn reader(&self) -> Reader {
        Reader::open_on(self.disk.left().storage(), &self.key, Path::new("left")).unwrap()
    }

    /// The records that a power failure would leave now.
    pub(super) fn left(&self) -> Vec<Record> {
        let reader = self.reader();
        let mut records: Vec<Record> = reader.records().map(Result::unwrap).collect();
        records.extend(reader.unsealed().unwrap());
        for (index, record) in (0..).zip(&records) {
            assert_eq!(record.index, index, "a gap");
        }
        records
    }

    /// How many events are on record, the log's own not counted, and how many are said to be lost.
    pub(super) fn counted(&self) -> (usize, u64) {
        let left = self.left();
        let lost = left.iter().map(|record| record.missed).sum::<u64>() + self.log.missed();
        (left.iter().filter(|record| record.event.token.is_some()).count(), lost)
    }
}

pub(super) fn event(number: u128) -> Event {
    Event::new(Action::Created, "ci").token(token_of(number))
}

fn token_of(number: u128) -> TokenId {
    TokenId::from_bytes(number.to_be_bytes())
}

/// A thread with room for code that is not optimized.
pub(super) fn spawn<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::Builder::new().spawn(run).unwrap()
}

/// All orders in which these threads' steps and the log's own may come. `PREEMPTIONS` is how often a thread is interrupted where it could
/// go on: once, or more often for the long form. Returns how many orders there were.
pub(super) fn all_orders(scene: fn()) -> u64 {
    let (mut builder, orders) = (loom::model::Builder::new(), Arc::<AtomicU64>::default());
    let often = std::env::var("PREEMPTIONS").map_or(1, |text| text.parse().unwrap());
    builder.preemption_bound = Some(often);
    builder.max_branches = 20_000;
    let count = orders.clone();
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        WOKEN.store(0, Ordering::SeqCst);
        spawn(scene).join().unwrap();
    });
    orders.load(Ordering::Relaxed)
}

/// All orders, with a wake-up that is lost.
pub(super) fn all_orders_without(wake: u64, scene: fn()) {
    LOST.store(wake, Ordering::SeqCst);
    all_orders(scene);
}
