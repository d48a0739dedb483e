//! What was promised, and whether it was kept.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use token_audit::{
    __test::{Storage, open_on, read_on, verify_on},
    Checkpoint, Error, Log, LogOptions, Pending, Record, SigningKey,
};
use token_core::{
    Secret, TokenId,
    record::{self, Action, Event, Receipt},
};

use crate::disks::Faulty;

/// A public example (golang.org/x/mod/sumdb/note).
const KEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

pub(crate) fn key() -> SigningKey {
    SigningKey::from_secret(Secret::from(KEY.to_owned())).unwrap()
}

/// Another key under the same name.
pub(crate) fn other_key() -> SigningKey {
    SigningKey::generate(key().name()).unwrap()
}

/// A small journal, and no checkpoint that nobody asks for.
pub(crate) fn options() -> LogOptions {
    Log::options().checkpoint_every(Duration::from_secs(3600)).journal_bytes(0)
}

pub(crate) fn open(disk: Arc<dyn Storage>) -> Result<Log, Error> {
    open_on(disk, key(), options())
}

pub(crate) fn open_with(disk: Arc<dyn Storage>, options: LogOptions) -> Result<Log, Error> {
    open_on(disk, key(), options)
}

pub(crate) fn token(number: u64) -> TokenId {
    TokenId::from_bytes(u128::from(number).to_be_bytes())
}

pub(crate) fn event(number: u64) -> Event {
    Event::new(Action::Created, "ci").token(token(number))
}

/// A record of about 50 KB, so that a few of them fill the journal.
pub(crate) fn big(number: u64) -> Event {
    event(number).scopes((0..200).map(|_| "x".repeat(250)))
}

/// What a log promised, in all its lives.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Promises>);

#[derive(Clone, Default)]
pub(crate) struct Promises {
    /// The token under each acknowledged index.
    pub(crate) acked: BTreeMap<u64, TokenId>,
    /// The newest checkpoint that was handed out.
    pub(crate) newest: Option<Checkpoint>,
    /// How many events were tried, to name tokens.
    tried: u64,
}

impl Ledger {
    pub(crate) fn of(promises: Promises) -> Arc<Self> {
        Arc::new(Self(Mutex::new(promises)))
    }

    pub(crate) fn promises(&self) -> Promises {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn next(&self) -> u64 {
        let mut promises = self.0.lock().unwrap();
        promises.tried += 1;
        promises.tried
    }

    pub(crate) fn acknowledged(&self, receipt: &Receipt, token: TokenId) {
        self.acked(receipt.index().unwrap(), token);
    }

    pub(crate) fn acked(&self, index: u64, token: TokenId) {
        let before = self.0.lock().unwrap().acked.insert(index, token);
        assert!(before.is_none(), "index {index} was handed out twice");
    }

    pub(crate) fn signed(&self, checkpoint: &Checkpoint) {
        let newest = &mut self.0.lock().unwrap().newest;
        let before = newest.as_ref().map_or(0, Checkpoint::size);
        assert!(checkpoint.size() >= before, "checkpoint {} after {before}", checkpoint.size());
        *newest = Some(checkpoint.clone());
    }

    /// Opens a log against everything that was promised so far.
    pub(crate) fn open(self: &Arc<Self>, disk: Arc<dyn Storage>) -> Result<Log, Error> {
        self.open_with(disk, options())
    }

    pub(crate) fn open_with(
        self: &Arc<Self>,
        disk: Arc<dyn Storage>,
        mut options: LogOptions,
    ) -> Result<Log, Error> {
        if let Some(newest) = self.promises().newest {
            options = options.pinned(newest);
        }
        let ledger = self.clone();
        open_on(disk, key(), options.on_checkpoint(move |checkpoint| ledger.signed(checkpoint)))
    }

    pub(crate) fn append(&self, log: &Log) -> Result<(), Error> {
        let number = self.next();
        self.acknowledged(&log.append(event(number))?, token(number));
        Ok(())
    }

    pub(crate) fn append_big(&self, log: &Log) -> Result<(), Error> {
        let number = self.next();
        self.acknowledged(&log.append(big(number))?, token(number));
        Ok(())
    }

    /// Events of which all but the first share one frame.
    pub(crate) fn burst(&self, log: &Log, disk: &Faulty, events: u64) -> Result<(), Error> {
        let submit = || {
            let number = self.next();
            (number, log.submit(event(number)))
        };
        let pending = disk.hold(|until_held| {
            let first = submit();
            if first.1.is_ok() {
                until_held();
            }
            let others = (1..events).map(|_| submit());
            [first].into_iter().chain(others).collect::<Vec<(u64, Result<Pending, Error>)>>()
        });
        // All of them: also behind one that failed another one may be acknowledged.
        let outcomes = pending.into_iter().map(|(number, pending)| {
            self.acknowledged(&pending?.wait()?, token(number));
            Ok(())
        });
        outcomes.collect::<Vec<_>>().into_iter().collect()
    }

    /// What a crash left keeps every promise, before and after it is repaired.
    pub(crate) fn check(self: &Arc<Self>, disk: &Arc<dyn Storage>, context: &str) {
        let opened = self.open(disk.clone());
        let log = opened.unwrap_or_else(|error| panic!("{context}: cannot be opened: {error}"));
        self.check_standing(&log, context);
        self.append(&log).unwrap_or_else(|error| panic!("{context}: {error}"));
        log.close().unwrap_or_else(|error| panic!("{context}: {error}"));
        self.check_closed(disk, context);
    }

    /// What was acknowledged in an earlier life is what the log tells an issuer that starts.
    fn check_standing(&self, log: &Log, context: &str) {
        let standing = record::Log::standing(log);
        let standing = standing.unwrap_or_else(|error| panic!("{context}: {error:#}"));
        let open: BTreeMap<u64, Option<TokenId>> =
            standing.open.iter().map(|opening| (opening.index, opening.event.token)).collect();
        for (index, token) in self.promises().acked {
            assert_eq!(open.get(&index), Some(&Some(token)), "{context}: {index} is open");
        }
    }

    /// The files of a log that nobody writes keep every promise.
    pub(crate) fn check_closed(&self, disk: &Arc<dyn Storage>, context: &str) {
        let promises = self.promises();
        let pinned: Vec<Checkpoint> = promises.newest.into_iter().collect();
        let found = verify_on(disk.clone(), key().verifying_key(), &pinned);
        let found = found.unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(found.is_intact(), "{context}: {:?}", found.findings);
        check_records(&records(disk), &promises.acked, context);
    }
}

/// Every record, also those that are not under a checkpoint.
pub(crate) fn records(disk: &Arc<dyn Storage>) -> Vec<Record> {
    let reader = read_on(disk.clone(), key().verifying_key()).unwrap();
    let mut records: Vec<Record> = reader.records().collect::<Result<_, _>>().unwrap();
    records.extend(reader.unsealed().unwrap());
    records
}

/// No gap, no index of another record, and what was acknowledged.
pub(crate) fn check_records(records: &[Record], acked: &BTreeMap<u64, TokenId>, context: &str) {
    for (place, record) in (0..).zip(records) {
        assert_eq!(record.index, place, "{context}: the record at {place}");
    }
    for (index, token) in acked {
        let found = records.get(*index as usize).and_then(|record| record.event.token);
        assert_eq!(found.as_ref(), Some(token), "{context}: record {index} was acknowledged");
    }
}

/// Does `job` for each item, on two threads.
pub(crate) fn on_two_threads<T: Send>(items: impl IntoIterator<Item = T>, job: impl Fn(T) + Sync) {
    let items = Mutex::new(items.into_iter().collect::<Vec<_>>().into_iter());
    let next = || items.lock().unwrap().next();
    thread::scope(|scope| {
        let work = || {
            while let Some(item) = next() {
                job(item);
            }
        };
        let other = scope.spawn(work);
        work();
        other.join().unwrap();
    });
}
