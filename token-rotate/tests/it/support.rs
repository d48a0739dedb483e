//! Kinds, issuers that do as a test says, and clocks.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use token_core::{
    Admission, Grant, ManualClock, RequireScopes, Secret, TokenId, TokenKind, UtcDateTime,
    record::InMemory,
};
use token_rotate::{Attempt, Failure, Fetched, Handle, Issuer, Rotating};

token_core::policy!("tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
pub(crate) struct List;

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A token that was never there before, and that has an id: one in some hundred thousands seems to be guessable.
pub(crate) fn text() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut random = fastrand::Rng::with_seed(number);
    let mut text = || std::iter::repeat_with(|| random.alphanumeric()).take(40).collect::<String>();
    std::iter::repeat_with(&mut text).find(|text| TokenId::of(text.as_bytes()).is_some()).unwrap()
}

pub(crate) fn living(lifetime: Duration) -> Fetched {
    Fetched::new(Secret::from(text()), Grant::new("repo:read").expires_in(lifetime))
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(UtcDateTime::from_unix_timestamp(1_800_000_000).unwrap()))
}

/// What an issuer is to answer.
pub(crate) enum Say {
    /// A token that lives so long.
    Live(Duration),
    /// The same, with a handle.
    Named(Duration, &'static str),
    /// This one.
    Give(Fetched),
    Fail,
    After(Duration),
    Final,
}

/// Answers as it was told, and counts.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) answers: Mutex<VecDeque<Say>>,
    pub(crate) fetches: AtomicU64,
    pub(crate) retired: Mutex<Vec<String>>,
    pub(crate) poll: Option<Duration>,
    /// Whether it does not end tokens, and how often.
    pub(crate) keeps: AtomicU64,
}

impl Told {
    pub(crate) fn to(answers: impl IntoIterator<Item = Say>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    pub(crate) fn say(&self, say: Say) {
        self.answers.lock().unwrap().push_back(say);
    }

    pub(crate) fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::SeqCst)
    }

    pub(crate) fn retired(&self) -> Vec<String> {
        self.retired.lock().unwrap().clone()
    }
}

impl<K: TokenKind> Issuer<K> for Told {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        match self.answers.lock().unwrap().pop_front() {
            Some(Say::Live(lifetime)) => Ok(living(lifetime)),
            Some(Say::Named(lifetime, name)) => Ok(living(lifetime).handle(Handle::new(name))),
            Some(Say::Give(fetched)) => Ok(fetched),
            Some(Say::After(pause)) => Err(Failure::transient("busy").retry_after(pause)),
            Some(Say::Final) => Err(Failure::permanent("the account is gone")),
            Some(Say::Fail) | None => Err(Failure::transient("down")),
        }
    }

    fn retire(&self, old: &Handle) -> Result<(), Failure> {
        self.retired.lock().unwrap().push(old.to_string());
        let keeps =
            self.keeps.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        keeps.map_or(Ok(()), |_| Err(Failure::transient("not now")))
    }

    fn poll_every(&self) -> Option<Duration> {
        self.poll
    }
}

/// A token that is kept fresh by hand, and all that moves it.
pub(crate) struct Bench<K: token_core::Reusable> {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) log: Arc<InMemory>,
    pub(crate) issuer: Arc<Told>,
    pub(crate) rotating: Rotating<K>,
    pub(crate) hand: token_rotate::ByHand<K, Arc<Told>>,
}

impl<K: token_core::Reusable> Bench<K> {
    pub(crate) fn new(issuer: Arc<Told>) -> Self {
        let (clock, log) = (clock(), Arc::new(InMemory::new()));
        let admission = Admission::with_clock(clock.clone()).recorder(log.clone());
        let (rotating, hand) = Rotating::<K>::options(admission, issuer.clone()).by_hand();
        Self { clock, log, issuer, rotating, hand }
    }

    /// Has fetched its first token, which lives so long.
    pub(crate) fn living(lifetime: Duration) -> Self {
        let bench = Self::new(Told::to([Say::Live(lifetime)]));
        bench.hand.step();
        bench
    }

    /// Lets time pass, with a step whenever something is due.
    pub(crate) fn pass(&self, mut time: Duration) {
        while let Some(due) = self.hand.step() {
            let nap = due.max(Duration::from_millis(1)).min(time);
            self.clock.advance(nap);
            time -= nap;
            if time.is_zero() {
                self.hand.step();
                return;
            }
        }
    }

    pub(crate) fn id(&self) -> Option<TokenId> {
        self.rotating.current().unwrap().id()
    }

    /// The names of the events, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        self.log.events().iter().map(|event| event.action.name().to_owned()).collect()
    }
}
