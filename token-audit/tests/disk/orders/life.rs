//! One life of a log, with calls in the midst of its operations.

use std::{
    future::Future as _,
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use token_audit::{
    __test::{Sealing, ask_to_seal},
    Log, Pending,
};
use token_core::record::Recorder as _;

use super::{kept::kept, observed::Observed};
use crate::{
    disks::{Crash, Fault, Faulty, Volatile, What},
    support::{Ledger, Promises, big, event, token},
};

/// What a caller does, or the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Append,
    Note,
    Seal,
    /// As many events as the journal does not hold at once.
    Fill,
    /// Gives up the last handle.
    Close,
    /// The next operation of the disk fails.
    Break,
    /// The next operation that takes space finds none.
    Full,
}

impl Call {
    /// Those that are made in the midst of operations.
    pub(super) const ALL: [Self; 6] =
        [Self::Append, Self::Note, Self::Seal, Self::Close, Self::Break, Self::Full];
}

/// Which calls are made.
#[derive(Debug)]
pub(super) struct Plan {
    /// The call with which it begins.
    pub(super) first: Call,
    /// The calls after it, and after how many operations each is made; after all of them if there are fewer.
    pub(super) calls: Vec<(u64, Call)>,
}

pub(super) struct Life {
    disk: Volatile,
    faulty: Faulty,
    ledger: Arc<Ledger>,
    desk: Arc<Desk>,
}

/// What the callers hold. It is used by the log's own thread, while it waits for the disk.
#[derive(Default)]
struct Desk {
    log: Mutex<Option<Log>>,
    calls: Mutex<Vec<(u64, Call)>>,
    waiting: Mutex<Waiting>,
    is_live: AtomicBool,
    operations: AtomicU64,
    /// How many calls were made in the midst of operations.
    made: AtomicUsize,
    /// How many records are under a checkpoint, as those were told who asked for one.
    sealed: AtomicU64,
    /// What is wrong. The log's own thread must not panic: that would end the log.
    wrong: Mutex<Option<String>>,
}

#[derive(Default)]
struct Waiting {
    appends: Vec<(u64, Pin<Box<Pending>>)>,
    /// Each with the number of records that were acknowledged before.
    seals: Vec<(u64, Sealing)>,
}

impl Waiting {
    fn len(&self) -> usize {
        self.appends.len() + self.seals.len()
    }
}

impl Life {
    pub(super) fn begin(base: &(Volatile, Promises), fault: Option<Fault>) -> Self {
        let (disk, ledger) = (base.0.crash(Crash::Kill), Ledger::of(base.1.clone()));
        let (faulty, desk) = (Faulty::over(disk.storage()), Arc::<Desk>::default());
        let life = Self { disk, faulty, ledger, desk };
        let look = life.look();
        let log = life.ledger.open(Arc::new(Observed { inner: life.faulty.storage(), look }));
        *life.desk.log.lock().unwrap() = Some(log.unwrap());
        life.faulty.set(fault);
        life
    }

    /// What is done after each operation.
    fn look(&self) -> Arc<dyn Fn() + Send + Sync> {
        let (desk, ledger) = (self.desk.clone(), self.ledger.clone());
        let (disk, faulty) = (self.disk.clone(), self.faulty.clone());
        Arc::new(move || {
            if !desk.is_live.load(Ordering::SeqCst) {
                return;
            }
            let at = desk.operations.fetch_add(1, Ordering::SeqCst);
            while let Some(call) = desk.due(at) {
                desk.made.fetch_add(1, Ordering::SeqCst);
                desk.make(call, &ledger, &faulty);
            }
            let _ = desk.look(&ledger);
            if let Err(wrong) = desk.check(&ledger, &disk) {
                desk.wrong.lock().unwrap().get_or_insert(format!("operation {at}: {wrong}"));
            }
        })
    }

    /// Lives to its end. Returns how many calls were made in the midst of operations.
    pub(super) fn live(&self, plan: &Plan, context: &str) -> usize {
        let mut calls = plan.calls.clone();
        let mut first = plan.first;
        if first == Call::Fill {
            // They come together, so that it does not depend on luck which of them share a frame.
            (first, calls) = (Call::Append, [&[(0, Call::Fill)], &calls[..]].concat());
        }
        let always = calls.len() - plan.calls.len();
        *self.desk.calls.lock().unwrap() = calls;
        self.desk.is_live.store(true, Ordering::SeqCst);
        self.desk.make(first, &self.ledger, &self.faulty);
        self.settle(context);
        let made = self.desk.made.load(Ordering::SeqCst).saturating_sub(always);
        // What is left is done when the log has nothing to do.
        let left = mem::take(&mut *self.desk.calls.lock().unwrap());
        for (_, call) in left {
            self.desk.make(call, &self.ledger, &self.faulty);
            self.settle(context);
        }
        self.end(context);
        made
    }

    /// Waits until every call has its answer.
    fn settle(&self, context: &str) {
        let begun = Instant::now();
        loop {
            // The last answers come after the last operation.
            let is_new = self.desk.look(&self.ledger);
            let checked = if is_new { self.desk.check(&self.ledger, &self.disk) } else { Ok(()) };
            let wrong = checked.err().or_else(|| self.desk.wrong.lock().unwrap().take());
            assert_eq!(wrong, None, "{context}");
            if self.desk.waiting.lock().unwrap().len() == 0 {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{context}: an answer is missing");
            thread::sleep(Duration::from_micros(20));
        }
    }

    /// Ends it, and looks at what is left.
    fn end(&self, context: &str) {
        let log = self.desk.log.lock().unwrap().take();
        if let Some(log) = log {
            // A broken disk is no reason to break a promise.
            let _ = log.close();
        }
        self.settle(context);
        self.desk.is_live.store(false, Ordering::SeqCst);
    }

    /// Opens what a crash leaves at the end, and looks at all of it.
    pub(super) fn check(&self, context: &str) {
        for crash in [Crash::LoseAll, Crash::Kill] {
            let (left, ledger) = (self.disk.crash(crash), Ledger::of(self.ledger.promises()));
            ledger.check(&left.storage(), &format!("{context}, {crash:?}"));
        }
    }
}

impl Desk {
    /// The next call, if it is time for it.
    fn due(&self, at: u64) -> Option<Call> {
        let mut calls = self.calls.lock().unwrap();
        let is_due = calls.first().is_some_and(|(place, _)| *place <= at);
        is_due.then(|| calls.remove(0).1)
    }

    fn make(&self, call: Call, ledger: &Ledger, faulty: &Faulty) {
        let log = self.log.lock().unwrap().clone();
        match (call, log) {
            (Call::Append, Some(log)) => self.append(&log, ledger, event),
            (Call::Fill, Some(log)) => (0..6).for_each(|_| self.append(&log, ledger, big)),
            (Call::Note, Some(log)) => log.note(event(ledger.next())),
            (Call::Seal, Some(log)) => {
                let before = ledger.promises().acked.last_key_value().map_or(0, |(at, _)| at + 1);
                if let Ok(sealing) = ask_to_seal(&log) {
                    self.waiting.lock().unwrap().seals.push((before, sealing));
                }
            }
            (Call::Close, Some(log)) => {
                drop(log);
                drop(self.log.lock().unwrap().take());
            }
            (Call::Break, _) => faulty.fail(None, 5, 1),
            (Call::Full, _) => {
                faulty.set(Fault { op: None, at: 0, what: What::Fail { errno: 28, times: 1 } });
            }
            (_, None) => {}
        }
    }

    fn append(&self, log: &Log, ledger: &Ledger, event: fn(u64) -> token_core::record::Event) {
        let number = ledger.next();
        if let Ok(pending) = log.submit(event(number)) {
            self.waiting.lock().unwrap().appends.push((number, Box::pin(pending)));
        }
    }

    /// Looks at each answer that has come. Returns whether there is a new one.
    fn look(&self, ledger: &Ledger) -> bool {
        let mut waiting = self.waiting.lock().unwrap();
        let before = waiting.len();
        let mut context = Context::from_waker(Waker::noop());
        waiting.appends.retain_mut(|(number, pending)| match pending.as_mut().poll(&mut context) {
            Poll::Ready(Ok(receipt)) => {
                ledger.acknowledged(&receipt, token(*number));
                false
            }
            Poll::Ready(Err(_)) => false,
            Poll::Pending => true,
        });
        waiting.seals.retain(|(before, sealing)| match sealing.outcome() {
            Some(Ok(size)) => {
                self.sealed.fetch_max(size.max(*before), Ordering::SeqCst);
                false
            }
            Some(Err(_)) => false,
            None => true,
        });
        waiting.len() < before
    }

    /// Fails if a power failure would break a promise now.
    fn check(&self, ledger: &Ledger, disk: &Volatile) -> Result<(), String> {
        kept(&ledger.promises(), self.sealed.load(Ordering::SeqCst), disk)
    }
}
