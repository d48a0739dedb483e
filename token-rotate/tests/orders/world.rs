//! A token that is kept fresh, on clocks at whose readings loom may change threads.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use loom::{sync::atomic::AtomicBool, thread};
use token_core::{
    Admission, Clock, Current, Error, Grant, Lease, RequireScopes, Scope, Secret, TokenId,
    TokenKind,
    record::{InMemory, Log},
};

use super::super::{Act, Rotating, Shared, Threads};
use crate::{Attempt, Failure, Fetched, Handle, machine::Rules, moment::Clocks};

#[derive(Scope)]
#[scope("repo:read")]
pub(super) enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "30d")]
pub(super) enum Ci {}

#[derive(RequireScopes)]
#[require(RepoRead)]
pub(super) struct List;

/// What all threads of a model share.
pub(super) struct World {
    pub(super) rotating: Rotating<Ci>,
    pub(super) shared: Arc<Shared<Ci>>,
    log: Arc<InMemory>,
    hands: Arc<Hands>,
}

pub(super) const DAY: u64 = 86_400;

impl World {
    pub(super) fn empty() -> Arc<Self> {
        let (log, hands) = (Arc::new(InMemory::new()), Arc::new(Hands::new()));
        let clock: Arc<dyn Clock> = hands.clone();
        let admission = Admission::with_clock(Arc::clone(&clock)).recorder(log.clone());
        let rules = Rules::of(Ci::COMPILED);
        let shared = Arc::new(Shared::new(admission, Clocks::Given(clock), rules, None, 1));
        let rotating = Rotating::of(Arc::clone(&shared), Threads::default());
        Arc::new(Self { rotating, shared, log, hands })
    }

    /// Holds the first token, which lives for so many seconds.
    pub(super) fn holding(secs: u64) -> Arc<Self> {
        let world = Self::empty();
        let first = world.fetch();
        world.bring(&first, 1, secs);
        world
    }

    pub(super) fn pass(&self, secs: u64) {
        self.hands.secs.fetch_add(secs, Ordering::SeqCst);
    }

    /// The fetch that is due.
    pub(super) fn fetch(&self) -> Attempt {
        match self.shared.act() {
            Act::Fetch(attempt) => attempt,
            act => panic!("{act:?}, and no fetch"),
        }
    }

    /// A fetch brings the token with this number.
    pub(super) fn bring(&self, attempt: &Attempt, number: u64, secs: u64) {
        let grant = Grant::new("repo:read").expires_in(Duration::from_secs(secs));
        let fetched = Fetched::new(Secret::from(text(number)), grant).handle(handle(number));
        self.shared.fetched(attempt, Ok(fetched));
    }

    pub(super) fn fail(&self, attempt: &Attempt) {
        self.shared.fetched(attempt, Err(Failure::transient("down")));
    }

    pub(super) fn lease(&self) -> Result<Lease<'_, Ci>, Error> {
        Current::current(&self.rotating)
    }

    /// Does what is to be done until nothing is. Returns the fetches that would be made, and whom it ended at the issuer.
    pub(super) fn drive(&self) -> (Vec<Attempt>, Vec<Handle>) {
        let (mut fetches, mut retired) = (Vec::new(), Vec::new());
        loop {
            match self.shared.act() {
                Act::Fetch(attempt) => fetches.push(attempt),
                Act::Retire(handle) => {
                    self.shared.retired(&handle, &Ok(()));
                    retired.push(handle);
                }
                Act::Sleep(_) | Act::End => return (fetches, retired),
            }
        }
    }

    /// How many events of this name are on record.
    pub(super) fn events(&self, name: &str) -> usize {
        self.log.events().iter().filter(|event| event.action.name() == name).count()
    }

    /// How many tokens are closed on record, and that none is so twice.
    pub(super) fn closed(&self) -> usize {
        let closed = self.events("rotated") + self.events("destroyed") + self.events("expired");
        let open = self.log.standing().unwrap().open.len();
        assert_eq!(closed + open, self.events("admitted"), "{:?}", self.log.events());
        closed
    }
}

/// Both clocks.
struct Hands {
    secs: AtomicU64,
    /// Reading it changes nothing, but loom may change threads here.
    looked_at: AtomicBool,
}

impl Hands {
    fn new() -> Self {
        Self { secs: AtomicU64::new(0), looked_at: AtomicBool::new(false) }
    }
}

impl Clock for Hands {
    fn wall(&self) -> Duration {
        Duration::from_secs(1_800_000_000) + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.looked_at.load(Ordering::Relaxed);
        Duration::from_secs(self.secs.load(Ordering::SeqCst))
    }
}

pub(super) fn handle(number: u64) -> Handle {
    Handle::new(format!("key-{number}"))
}

pub(super) fn id(number: u64) -> Option<TokenId> {
    TokenId::of(text(number).as_bytes())
}

/// What cannot be guessed, and is the same in each order.
fn text(number: u64) -> String {
    let mut random = fastrand::Rng::with_seed(number);
    std::iter::repeat_with(|| random.alphanumeric()).take(40).collect()
}

/// A thread with room for code that is not optimized.
pub(super) fn spawn<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::Builder::new().stack_size(1 << 17).spawn(run).unwrap()
}

/// All orders in which these threads' steps may come; each thread is interrupted at most so many times.
pub(super) fn all_orders(interruptions: usize, scene: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.max_branches = 10_000;
    builder.check(move || spawn(scene).join().unwrap());
}
