//! What the readers, the waiters and the driver of one kind share.

use std::{
    any::Any,
    collections::BTreeMap,
    future::poll_fn,
    sync::{Arc, PoisonError, Weak, atomic::Ordering},
    task::{Poll, Waker},
    time::Duration,
};

use token_core::{Admission, Reusable, Secret, Token, TokenId};

use super::sync::{ArcSwapOption, AtomicBool, Condvar, Guard, Mutex, MutexGuard};
use crate::{
    Attempt, Error, ErrorKind, Handle,
    machine::{Machine, Rules},
    moment::{Clocks, Moment},
};

/// What follows each new secret: a closure that looks at it, and returns what is kept as long as the token may be used.
pub(crate) type Follow = Box<dyn Fn(&Secret) -> Followed + Send + Sync>;
pub(crate) type Followed = Box<dyn Any + Send + Sync>;

/// The token that is held.
pub(crate) struct Slot<K: Reusable> {
    pub(super) token: Arc<Token<K>>,
    handle: Option<Handle>,
    /// Set once a server has rejected it.
    pub(super) is_rejected: AtomicBool,
}

pub(crate) struct Shared<K: Reusable> {
    pub(super) slot: ArcSwapOption<Slot<K>>,
    pub(super) admission: Admission,
    pub(super) follow: Option<Follow>,
    pub(super) clocks: Clocks,
    state: Mutex<State<K>>,
    turned: Condvar,
}

/// What is under the lock. Readers take it only if they find no valid token.
pub(super) struct State<K: Reusable> {
    pub(super) machine: Machine,
    pub(super) replaced: Vec<Replaced<K>>,
    pub(super) followed: Option<Followed>,
    /// The fetches that have not returned.
    pub(super) attempts: Vec<Attempt>,
    pub(super) last_error: Option<Error>,
    /// How many fetches have ended, one way or the other.
    pub(super) verdicts: u64,
    /// How many tokens took the place of another one, or of none.
    pub(super) revision: u64,
    pub(super) is_closed: bool,
    /// Something has changed since the driver looked.
    pub(super) is_rung: bool,
    /// Threads or tasks of the driver that have not ended.
    pub(super) hands: usize,
    /// Whom to wake when something changes, by their seats.
    wakers: BTreeMap<u64, Waker>,
    seats: u64,
}

/// A token that was replaced. Nobody keeps it but who leased it.
pub(super) struct Replaced<K: Reusable> {
    pub(super) token: Weak<Token<K>>,
    slot: Weak<Slot<K>>,
    pub(super) handle: Option<Handle>,
    _followed: Option<Followed>,
}

impl<K: Reusable> Shared<K> {
    pub(super) fn new(
        admission: Admission,
        clocks: Clocks,
        rules: Rules,
        follow: Option<Follow>,
        seed: u64,
    ) -> Self {
        let state = State {
            machine: Machine::new(rules, seed),
            replaced: Vec::new(),
            followed: None,
            attempts: Vec::new(),
            last_error: None,
            verdicts: 0,
            revision: 0,
            is_closed: false,
            is_rung: false,
            hands: 0,
            wakers: BTreeMap::new(),
            seats: 0,
        };
        Self {
            slot: ArcSwapOption::empty(),
            admission,
            follow,
            clocks,
            state: Mutex::new(state),
            turned: Condvar::new(),
        }
    }

    pub(super) const fn name() -> &'static str {
        K::COMPILED.name
    }

    pub(crate) fn now(&self) -> Moment {
        self.clocks.now()
    }

    /// The lock, even after a panic of another thread, since the data is whole whenever the lock is free.
    pub(super) fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot, if its token can be used.
    #[inline]
    pub(super) fn usable(&self) -> Option<Guard<Option<Arc<Slot<K>>>>> {
        let guard = self.slot.load();
        let is_usable = guard.as_ref().is_some_and(|slot| slot.is_usable());
        is_usable.then_some(guard)
    }

    /// Why there is no token to use. The driver hears that somebody asked.
    #[cold]
    pub(super) fn unusable(&self) -> Error {
        let now = self.now();
        let mut state = self.lock();
        if state.machine.want() {
            self.ring(&mut state);
        }
        let kind = match (state.is_closed, &*self.slot.load()) {
            (true, _) => ErrorKind::Closed,
            (false, None) => ErrorKind::Empty,
            (false, Some(slot)) => slot.why(),
        };
        let next = state.machine.next_try(now);
        Error::after(kind, Self::name(), state.last_error.as_ref(), next)
    }

    /// Has the driver look, and all who wait.
    pub(super) fn ring(&self, state: &mut State<K>) {
        state.is_rung = true;
        self.turned.notify_all();
        std::mem::take(&mut state.wakers).into_values().for_each(Waker::wake);
    }

    /// Waits on a thread until something changes, at most so long.
    pub(super) fn wait<'s>(
        &'s self,
        state: MutexGuard<'s, State<K>>,
        at_most: Duration,
    ) -> MutexGuard<'s, State<K>> {
        let waited = self.turned.wait_timeout(state, at_most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits on the driver's thread until it is to look again.
    pub(crate) fn sleep(&self, at_most: Duration) {
        let mut state = self.lock();
        if !state.is_rung {
            state = self.wait(state, at_most);
        }
        state.is_rung = false;
    }

    /// Waits in a task of the driver until it is to look again.
    #[cfg(feature = "tokio")]
    pub(crate) async fn rung(&self) {
        self.until(|state| std::mem::take(&mut state.is_rung).then_some(())).await;
    }

    /// Waits until nobody waits for this fetch any more.
    #[cfg(feature = "tokio")]
    pub(crate) async fn cancelled(&self, attempt: &Attempt) {
        self.until(|_| attempt.is_cancelled().then_some(())).await;
    }

    /// Waits in a future until `look` finds something. It looks at each change.
    pub(super) async fn until<T>(&self, mut look: impl FnMut(&mut State<K>) -> Option<T>) -> T {
        let seat = self.seat();
        poll_fn(|context| {
            let mut state = self.lock();
            let found = look(&mut state);
            if found.is_none() {
                seat.take(&mut state, context.waker());
            }
            found.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// A place for the waker of one future.
    pub(super) fn seat(&self) -> Seat<'_, K> {
        let mut state = self.lock();
        state.seats += 1;
        Seat { shared: self, number: state.seats }
    }

    /// How long one call of the issuer may take.
    #[cfg(feature = "tokio")]
    pub(crate) fn patience(&self) -> Duration {
        self.lock().machine.patience()
    }

    /// A thread or task of the driver begins.
    pub(crate) fn add_hand(self: &Arc<Self>) -> Hand<K> {
        self.lock().hands += 1;
        Hand(Arc::clone(self))
    }
}

/// The place of one future among those who wait. Dropping it gives it up, so that futures that are dropped leave nothing behind.
pub(super) struct Seat<'s, K: Reusable> {
    shared: &'s Shared<K>,
    number: u64,
}

impl<K: Reusable> Seat<'_, K> {
    /// Has this waker woken at the next change, and no other one of this future.
    pub(super) fn take(&self, state: &mut State<K>, waker: &Waker) {
        state.wakers.insert(self.number, waker.clone());
    }
}

impl<K: Reusable> Drop for Seat<'_, K> {
    fn drop(&mut self) {
        self.shared.lock().wakers.remove(&self.number);
    }
}

/// A thread or task of the driver, until it is dropped.
pub(crate) struct Hand<K: Reusable>(Arc<Shared<K>>);

impl<K: Reusable> Drop for Hand<K> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.hands -= 1;
        self.0.ring(&mut state);
    }
}

impl<K: Reusable> Slot<K> {
    pub(super) fn new(token: Token<K>, handle: Option<Handle>) -> Self {
        Self { token: Arc::new(token), handle, is_rejected: AtomicBool::new(false) }
    }

    #[inline]
    fn is_usable(&self) -> bool {
        !self.is_rejected.load(Ordering::Relaxed) && self.token.is_valid()
    }

    /// Why it cannot be used.
    fn why(&self) -> ErrorKind {
        match self.is_rejected.load(Ordering::Relaxed) {
            true => ErrorKind::Rejected,
            false => match self.token.check().map_err(|error| error.kind()) {
                Err(token_core::ErrorKind::Ended) => ErrorKind::Ended,
                _ => ErrorKind::Expired,
            },
        }
    }
}

impl<K: Reusable> State<K> {
    /// The old token gives its place to the one with this id.
    pub(super) fn replace(
        &mut self,
        old: &Arc<Slot<K>>,
        successor: Option<TokenId>,
        followed: Option<Followed>,
    ) {
        old.token.replaced_by(successor);
        let followed = std::mem::replace(&mut self.followed, followed);
        self.replaced.push(Replaced {
            token: Arc::downgrade(&old.token),
            slot: Arc::downgrade(old),
            handle: old.handle.clone(),
            _followed: followed,
        });
    }

    /// How many leases of replaced tokens are out.
    pub(super) fn leases(&self) -> usize {
        self.replaced.iter().map(Replaced::leases).sum()
    }
}

impl<K: Reusable> Replaced<K> {
    /// Those that count references to the token itself, and those that borrow it through its slot.
    fn leases(&self) -> usize {
        let by_slot = self.slot.strong_count();
        let by_token = self.token.strong_count();
        by_slot + by_token.saturating_sub(usize::from(by_slot > 0))
    }
}
