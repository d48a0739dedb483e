//! A disk of which one operation fails, hangs, or is the last.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Signal, getpid, kill_process};
use token_audit::__test::{Storage, StoredFile};

/// An operation of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Read,
    Open,
    CreateDirectory,
    List,
    Rename,
    Remove,
    SyncDirectory,
    Free,
    Write,
    SetLen,
    Sync,
    Lock,
    InPlace,
}

impl Op {
    fn takes_space(self) -> bool {
        matches!(self, Self::Write | Self::CreateDirectory | Self::Open | Self::Rename)
    }
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// This operation, and as many after it, fail with an errno. A write gets half of its bytes down first.
    Fail { errno: i32, times: u64 },
    /// From here on, whatever takes space finds none.
    FullFrom,
    /// It waits until it is released.
    Hang,
    /// This and every later one fail without effect: what a SIGKILL leaves.
    Die,
    /// As many from this one on claim to have succeeded, and do nothing.
    Lie { times: u64 },
    /// The process is killed, before the operation or after it.
    Kill { after: bool },
}

/// When: at the operation `at`, counted from 0, among those of `op`, or among all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) op: Option<Op>,
    pub(crate) at: u64,
    pub(crate) what: What,
}

/// A disk with at most one fault.
#[derive(Clone)]
pub(crate) struct Faulty {
    inner: Arc<dyn Storage>,
    plan: Arc<Plan>,
}

#[derive(Default)]
struct Plan {
    fault: Mutex<Option<Fault>>,
    /// Operations that the fault is about, since it was set.
    count: AtomicU64,
    /// All operations, from the beginning.
    total: AtomicU64,
    hanging: Mutex<u64>,
    free: Mutex<Option<u64>>,
    /// Everything waits, whatever the fault.
    is_held: Mutex<bool>,
}

impl Faulty {
    pub(crate) fn over(inner: Arc<dyn Storage>) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// From here on, instead of the fault before. Whatever hangs goes on.
    pub(crate) fn set(&self, fault: impl Into<Option<Fault>>) {
        *self.plan.fault.lock().unwrap() = fault.into();
        self.plan.count.store(0, Ordering::SeqCst);
    }

    pub(crate) fn fail(&self, op: impl Into<Option<Op>>, errno: i32, times: u64) {
        self.set(Fault { op: op.into(), at: 0, what: What::Fail { errno, times } });
    }

    pub(crate) fn hang(&self, op: impl Into<Option<Op>>) {
        self.set(Fault { op: op.into(), at: 0, what: What::Hang });
    }

    /// The disk works again.
    pub(crate) fn heal(&self) {
        self.set(None);
    }

    /// Everything waits while `work` goes on, which is told how to wait until something does.
    pub(crate) fn hold<V>(&self, work: impl FnOnce(&dyn Fn()) -> V) -> V {
        *self.plan.is_held.lock().unwrap() = true;
        let done = work(&|| {
            // Not for ever: the log may have ended a moment before.
            (0..200).take_while(|_| self.hanging() == 0).for_each(|_| thread::sleep(A_MOMENT));
        });
        *self.plan.is_held.lock().unwrap() = false;
        done
    }

    /// What the disk says it has free.
    pub(crate) fn set_free(&self, bytes: u64) {
        *self.plan.free.lock().unwrap() = Some(bytes);
    }

    /// How many operations there were.
    pub(crate) fn total(&self) -> u64 {
        self.plan.total.load(Ordering::SeqCst)
    }

    /// How many operations hang now.
    pub(crate) fn hanging(&self) -> u64 {
        *self.plan.hanging.lock().unwrap()
    }

    pub(crate) fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }
}

impl Plan {
    /// Does `work`, unless it is this operation's turn to fail; then `partly`.
    fn run<V>(
        &self,
        op: Op,
        partly: impl FnOnce(),
        work: impl FnOnce() -> io::Result<V>,
    ) -> io::Result<V> {
        self.total.fetch_add(1, Ordering::SeqCst);
        if *self.is_held.lock().unwrap() {
            self.wait(&self.is_held, |is_held| *is_held);
        }
        match self.due(op) {
            None => work(),
            Some(What::Fail { errno, .. }) => {
                partly();
                Err(io::Error::from_raw_os_error(errno))
            }
            Some(What::FullFrom) => {
                partly();
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(What::Die) => Err(io::Error::from_raw_os_error(5)),
            Some(What::Lie { .. }) => Err(io::Error::from_raw_os_error(LIE)),
            Some(What::Hang) => {
                let hangs =
                    |fault: &Option<Fault>| matches!(fault, Some(Fault { what: What::Hang, .. }));
                self.wait(&self.fault, hangs);
                work()
            }
            Some(What::Kill { after }) => {
                let _done = after.then(work);
                loop {
                    let _sent = kill_process(getpid(), Signal::KILL);
                }
            }
        }
    }

    /// Turns the sync that is not done into one that is said to be done.
    fn or_lie(&self, done: io::Result<()>) -> io::Result<()> {
        done.or_else(|error| match error.raw_os_error() {
            Some(LIE) => Ok(()),
            _ => Err(error),
        })
    }

    fn due(&self, op: Op) -> Option<What> {
        let Fault { op: wanted, at, what } = (*self.fault.lock().unwrap())?;
        if wanted.is_some_and(|wanted| wanted != op) {
            return None;
        }
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        let is_due = match what {
            What::Fail { times, .. } | What::Lie { times } => {
                (at..at.saturating_add(times)).contains(&count)
            }
            What::Die | What::Hang => count >= at,
            What::FullFrom => count >= at && op.takes_space(),
            What::Kill { .. } => count == at,
        };
        is_due.then_some(what)
    }

    fn wait<S>(&self, state: &Mutex<S>, is_so: impl Fn(&S) -> bool) {
        *self.hanging.lock().unwrap() += 1;
        while is_so(&state.lock().unwrap()) {
            thread::sleep(A_MOMENT);
        }
        *self.hanging.lock().unwrap() -= 1;
    }
}

/// No errno of any system.
const LIE: i32 = 9_999;

const A_MOMENT: Duration = Duration::from_micros(50);

fn nothing() {}

impl Storage for Faulty {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.plan.run(Op::Read, nothing, || self.inner.read(path))
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        let file = self.plan.run(Op::Open, nothing, || self.inner.open(path, create))?;
        Ok(Box::new(FaultyFile { file, plan: self.plan.clone() }))
    }

    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)> {
        let (file, is_new) = self.plan.run(Op::Open, nothing, || self.inner.open_private(path))?;
        Ok((Box::new(FaultyFile { file, plan: self.plan.clone() }), is_new))
    }

    fn create_directory(&self, path: &str) -> io::Result<bool> {
        self.plan.run(Op::CreateDirectory, nothing, || self.inner.create_directory(path))
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        self.plan.run(Op::List, nothing, || self.inner.list(path))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.plan.run(Op::Rename, nothing, || self.inner.rename(from, to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.plan.run(Op::Remove, nothing, || self.inner.remove(path))
    }

    fn remove_directory(&self, path: &str) -> io::Result<()> {
        self.plan.run(Op::Remove, nothing, || self.inner.remove_directory(path))
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        let done = self.plan.run(Op::SyncDirectory, nothing, || self.inner.sync_directory(path));
        self.plan.or_lie(done)
    }

    fn free(&self) -> io::Result<u64> {
        let free = *self.plan.free.lock().unwrap();
        self.plan.run(Op::Free, nothing, || free.map_or_else(|| self.inner.free(), Ok))
    }
}

struct FaultyFile {
    file: Box<dyn StoredFile>,
    plan: Arc<Plan>,
}

impl StoredFile for FaultyFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.plan.run(Op::Read, nothing, || self.file.read())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = std::cell::RefCell::new(&mut self.file);
        let half = || drop(file.borrow_mut().write_at(offset, &bytes[..bytes.len() / 2]));
        self.plan.run(Op::Write, half, || file.borrow_mut().write_at(offset, bytes))
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.plan.run(Op::SetLen, nothing, || self.file.set_len(len))
    }

    fn sync(&mut self) -> io::Result<()> {
        let done = self.plan.run(Op::Sync, nothing, || self.file.sync());
        self.plan.or_lie(done)
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        self.plan.run(Op::Lock, nothing, || self.file.try_lock())
    }

    fn is_in_place(&mut self) -> io::Result<bool> {
        self.plan.run(Op::InPlace, nothing, || self.file.is_in_place())
    }
}
