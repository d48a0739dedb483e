//! A log and a registry that fail at a call of the test's choice.

use std::{
    future::{pending, ready},
    process::{self, Command},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use token_core::{
    Error, SourceDigest, TokenId, UtcDateTime,
    record::{Epoch, Event, Log, Receipt, Recorder, Recording, Standing},
};
use token_issue::{
    Digest, Digests, PepperId, Registry, RegistryError, Row, Unfit,
    registry::{Boxed, Feed, Pruned, Read, Revoked, Rule, Snapshot},
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done, and it says so.
    Errs,
    /// It is done, and an error comes back.
    ErrsAfter,
    /// Nothing is done, and no answer comes.
    Hangs,
    /// It is done, and no answer comes.
    HangsAfter,
    /// Nothing is done, and the process is killed.
    #[allow(dead_code, reason = "for the tests that start processes")]
    Dies,
    /// It is done, and the process is killed before it learns of it.
    #[allow(dead_code, reason = "for the tests that start processes")]
    DiesAfter,
}

pub(crate) const FAULTS: [Fault; 4] =
    [Fault::Errs, Fault::ErrsAfter, Fault::Hangs, Fault::HangsAfter];

/// Fails at the calls of `from` to `to`, counted from one after [`arm`](Self::arm).
#[derive(Default)]
pub(crate) struct Trap {
    calls: AtomicUsize,
    armed: Mutex<Option<(usize, usize, Fault)>>,
    /// If it is set, calls of other methods are neither counted nor disturbed.
    only: Mutex<Option<&'static str>>,
    /// Runs after each call of a method that was not disturbed, before its answer is given.
    after: Mutex<Option<Hook>>,
    /// Who wants to hear of revocations.
    listening: Mutex<Vec<Weak<dyn Fn() + Send + Sync>>>,
}

type Hook = Arc<dyn Fn(&str) + Send + Sync>;

impl Trap {
    pub(crate) fn arm(&self, from: usize, to: usize, fault: Fault) {
        self.calls.store(0, Ordering::SeqCst);
        *self.armed.lock().unwrap() = Some((from, to, fault));
    }

    /// As [`arm`](Self::arm), for the calls of one method.
    pub(crate) fn arm_on(&self, method: &'static str, from: usize, to: usize, fault: Fault) {
        *self.only.lock().unwrap() = Some(method);
        self.arm(from, to, fault);
    }

    /// Runs `hook` after each call, before its answer is given.
    pub(crate) fn after_each(&self, hook: impl Fn(&str) + Send + Sync + 'static) {
        *self.after.lock().unwrap() = Some(Arc::new(hook));
    }

    /// Tells those who want to hear of revocations, and returns how many they are.
    #[allow(dead_code, reason = "for the tests of verifiers")]
    pub(crate) fn tell(&self) -> usize {
        let listening = self.listening.lock().unwrap();
        listening.iter().filter_map(Weak::upgrade).map(|wake| wake()).count()
    }

    pub(crate) fn disarm(&self) {
        *self.armed.lock().unwrap() = None;
    }

    /// How many calls there were since it was armed.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn spring(&self, method: &str) -> Option<Fault> {
        if self.only.lock().unwrap().is_some_and(|only| only != method) {
            return None;
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let armed = *self.armed.lock().unwrap();
        armed.filter(|&(from, to, _)| (from..=to).contains(&call)).map(|(_, _, fault)| fault)
    }
}

/// Does it or not, and answers or not.
fn sprung<'a, T: Send + 'a, E: Send + 'a, F>(
    trap: &Trap,
    method: &str,
    error: E,
    call: impl FnOnce() -> F,
) -> std::pin::Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>
where
    F: Future<Output = Result<T, E>> + Send + 'a,
{
    match trap.spring(method) {
        None => {
            let (done, after) = (call(), trap.after.lock().unwrap().clone());
            let method = method.to_owned();
            Box::pin(async move {
                let answer = done.await;
                if let Some(after) = after {
                    after(&method);
                }
                answer
            })
        }
        Some(Fault::Errs) => Box::pin(ready(Err(error))),
        Some(Fault::Hangs) => Box::pin(pending()),
        Some(Fault::ErrsAfter) => {
            let done = call();
            Box::pin(async {
                let _ = done.await;
                Err(error)
            })
        }
        Some(Fault::HangsAfter) => {
            let done = call();
            Box::pin(async {
                let _ = done.await;
                pending().await
            })
        }
        Some(Fault::Dies) => die(),
        Some(Fault::DiesAfter) => {
            let done = call();
            Box::pin(async {
                let _ = done.await;
                die()
            })
        }
    }
}

/// No destructor runs, and nothing is caught.
fn die() -> ! {
    let _ = Command::new("kill").args(["-9", &process::id().to_string()]).status();
    loop {
        thread::park();
    }
}

pub(crate) struct FaultyLog {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) trap: Arc<Trap>,
}

impl Recorder for FaultyLog {
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        self.log.record(event)
    }

    fn note(&self, event: Event) {
        self.log.note(event);
    }
}

impl Log for FaultyLog {
    fn name(&self) -> &str {
        self.log.name()
    }

    fn submit(&self, event: Event) -> Recording<'_> {
        sprung(&self.trap, "submit", Error::not_recorded("no space left on device"), || {
            self.log.submit(event)
        })
    }

    fn standing(&self) -> Result<Standing, Error> {
        self.log.standing()
    }
}

pub(crate) struct FaultyRegistry {
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) trap: Arc<Trap>,
}

/// A registry that can be replaced by another one, as a file can.
pub(crate) struct Swapped(Mutex<&'static dyn Registry>);

impl Swapped {
    pub(crate) fn new(registry: Arc<dyn Registry>) -> Self {
        Self(Mutex::new(kept(registry)))
    }

    pub(crate) fn put(&self, registry: Arc<dyn Registry>) {
        *self.0.lock().unwrap() = kept(registry);
    }
}

/// For as long as the test runs.
fn kept(registry: Arc<dyn Registry>) -> &'static dyn Registry {
    &**Box::leak(Box::new(registry))
}

/// Writes the methods that only pass the call on.
macro_rules! passes {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Registry for Swapped {
            $(fn $name(&self, $($argument: $type),*) -> Boxed<'_, $answer> {
                self.0.lock().unwrap().$name($($argument),*)
            })*
        }

        impl Registry for FaultyRegistry {
            $(fn $name(&self, $($argument: $type),*) -> Boxed<'_, $answer> {
                let error = RegistryError::unavailable("the disk is full");
                sprung(&self.trap, stringify!($name), error, || self.registry.$name($($argument),*))
            })*

            fn on_revocation(&self, wake: Weak<dyn Fn() + Send + Sync>) {
                self.trap.listening.lock().unwrap().push(wake);
            }

            /// Three, but not if there is a fault, which is not counted as a call: it changes nothing.
            fn servers(&self, at: Epoch) -> Boxed<'_, Option<u32>> {
                let armed = *self.trap.armed.lock().unwrap();
                match armed.map(|(_, _, fault)| fault) {
                    None => Box::pin(async move { Ok((at.n > 0).then_some(3)) }),
                    Some(Fault::Hangs) => Box::pin(pending()),
                    Some(_) => Box::pin(ready(Err(RegistryError::unavailable("the disk is full")))),
                }
            }
        }
    };
}

passes! {
    insert(digest: Digest, row: Row, now: UtcDateTime) -> Result<(), Unfit>;
    revoke(token: TokenId) -> Revoked;
    revoke_matching(rule: Rule) -> Revoked;
    read(digests: Digests, own: Epoch) -> Read;
    spend(digests: Digests, own: Epoch, audience: Option<&str>, build: Option<SourceDigest>, now: UtcDateTime) -> Read;
    poll(own: Epoch) -> Feed;
    snapshot(limit: usize, now: UtcDateTime) -> Snapshot;
    touch(used: Vec<(TokenId, UtcDateTime)>) -> ();
    show(token: TokenId) -> Option<Row>;
    list(matching: Rule, after: Option<TokenId>, limit: usize) -> Vec<Row>;
    unclosed(log: &str, limit: usize) -> Vec<Row>;
    close(tokens: Vec<TokenId>) -> ();
    prune(expired_before: UtcDateTime) -> Pruned;
    use_pepper(current: PepperId, previous: Option<PepperId>, now: UtcDateTime, longest: Duration) -> ();
}
