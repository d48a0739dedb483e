//! What the calls of a verifier and its threads share.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use token_core::{
    AnyScopeSet, SourceDigest, TokenId,
    caller::{Deadline, Hit, Refused, Verified},
};
use tokio::sync::broadcast;

use super::{
    cache::{Beyond, Cache, Entry, Found, Key, NO_PARENT},
    clocks::{Clocks, of_eighths, seconds},
    counters::Counters,
    flight::Flights,
    gate::Gate,
    health::{Distrusted, Health},
    kinds::Kinds,
    metrics::{Metrics, Miss},
    watch::Change,
};
use crate::{
    Peppers, Registry,
    lease::{Lease, Moment, Node},
    row::check_build,
};

pub(super) struct Shared {
    pub(super) registry: Arc<dyn Registry>,
    pub(super) kinds: Kinds,
    pub(super) audience: Option<Arc<str>>,
    pub(super) peppers: Peppers,
    pub(super) clocks: Clocks,
    pub(super) capacity: usize,
    pub(super) cache: Cache,
    pub(super) node: Mutex<Node>,
    pub(super) lease: SharedLease,
    pub(super) flights: Flights,
    /// Who may ask the registry about single tokens.
    pub(super) gate: Gate,
    pub(super) counters: Counters,
    pub(super) metrics: Option<Arc<dyn Metrics>>,
    /// Says what may have ended a token: revocations, a lost lease, an alarm.
    pub(super) changes: broadcast::Sender<Change>,
    /// When the first ends of what somebody waits for.
    pub(super) alarm: Mutex<Option<Moment>>,
    pub(super) health: Mutex<Health>,
    /// The minute in which it began.
    pub(super) began: u32,
    pub(super) is_stopped: AtomicBool,
}

/// The node's lease, for readers who take no lock. The two halves may be of different leases; each was granted, so
/// the clock that keeps true time ends both in time.
#[derive(Default)]
pub(super) struct SharedLease {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

impl SharedLease {
    /// To be read before memory is looked into.
    #[inline]
    pub(super) fn get(&self) -> Lease {
        let nanos = |half: &AtomicU64| Duration::from_nanos(half.load(Ordering::Acquire));
        Lease::until(Moment { wall: nanos(&self.wall), monotonic: nanos(&self.monotonic) })
    }

    pub(super) fn set(&self, lease: Option<Lease>) {
        let end = lease.map_or(Moment::ZERO, |lease| lease.end());
        for (half, end) in [(&self.wall, end.wall), (&self.monotonic, end.monotonic)] {
            half.store(u64::try_from(end.as_nanos()).unwrap_or(u64::MAX), Ordering::Release);
        }
    }
}

impl Shared {
    /// Looks for a token in memory, which was presented by this build.
    #[inline]
    pub(super) fn look_up(&self, key: &Key, said: Option<&SourceDigest>) -> Hit {
        let lease = self.lease.get();
        let seen = self.cache.look(key, |found| {
            // After the look: the lease is compared with a time at which the token was in memory.
            let now = self.clocks.now();
            found.note_use(minute(now));
            let hit = self.hit(lease, &found, said, now);
            match &hit {
                Hit::Caller(_) => found.count(),
                Hit::Refused(why) => self.counters.refused(*why),
                Hit::Miss => {}
            }
            hit
        });
        seen.unwrap_or(Hit::Miss)
    }

    /// The caller of a token that was found in memory before `now`, if neither the token nor the lease has ended.
    #[inline]
    pub(super) fn hit(
        &self,
        lease: Lease,
        found: &Found<'_>,
        said: Option<&SourceDigest>,
        now: Moment,
    ) -> Hit {
        if !lease.holds(now) {
            return Hit::Miss;
        }
        if found.entry.is_expired(now) {
            return Hit::Refused(Refused::Expired);
        }
        self.vouch(found.entry, found.beyond, said)
    }

    /// Vouches for a token that was just found in memory under a lease, or was just read, if the build that presents it is the one
    /// that the token is bound to. No caller is made elsewhere. A miss is an entry that makes no sense.
    #[inline]
    pub(super) fn vouch(
        &self,
        entry: &Entry,
        beyond: Option<&Beyond>,
        said: Option<&SourceDigest>,
    ) -> Hit {
        match self.verified(entry, beyond) {
            None => Hit::Miss,
            Some(verified) if entry.bound.to_build() => bound(verified, beyond, said),
            Some(verified) => Hit::Caller(verified.vouch()),
        }
    }

    #[inline]
    fn verified(&self, entry: &Entry, beyond: Option<&Beyond>) -> Option<Verified> {
        let words = entry.scopes.map(u64::from_ne_bytes);
        let scopes = AnyScopeSet::from_words(self.kinds.get(entry.kind)?, words);
        let deadline = Deadline {
            wall: Duration::from_secs(entry.wall.into()),
            monotonic: of_eighths(entry.monotonic),
        };
        let mut verified = match &self.clocks {
            Clocks::System => Verified::new(entry.token, scopes, deadline),
            Clocks::Given(clock) => {
                Verified::with_clock(entry.token, scopes, deadline, Arc::clone(clock))
            }
        };
        let long = beyond.and_then(|beyond| beyond.subject.as_ref());
        match (long, entry.subject.as_str()) {
            (Some(long), _) => verified = verified.subject(Arc::clone(long)),
            (None, Some(subject)) => verified = verified.subject(subject),
            (None, None) => {}
        }
        if entry.parent != NO_PARENT {
            verified = verified.parent(TokenId::from_bytes(entry.parent));
        }
        if entry.bound.to_audience() {
            verified = verified.audience(Arc::clone(self.audience.as_ref()?));
        }
        Some(verified)
    }

    /// The minute of now, counted from 1970.
    pub(super) fn minute(&self) -> u32 {
        minute(self.clocks.now())
    }

    pub(super) fn node(&self) -> MutexGuard<'_, Node> {
        lock(&self.node)
    }

    /// Forgets everything, and refuses until the registry is trusted again.
    pub(super) fn forget(&self, distrusted: Distrusted) {
        let mut node = self.node();
        node.give_up();
        self.lease.set(None);
        drop(node);
        self.cache.remove_if(|_, _| true);
        *lock(&self.health) = Health::Distrusted { why: distrusted };
        self.tell(Change::All);
        self.note(|metrics| metrics.distrusted(&distrusted));
    }

    /// Somebody was answered whose token memory lacked.
    pub(super) fn note_miss(&self, kind: &'static str, began: Instant, refused: Option<Refused>) {
        match refused {
            Some(why) => self.counters.refused(why),
            None => self.counters.miss(),
        }
        self.note(|metrics| metrics.miss(&Miss { kind, refused, took: began.elapsed() }));
    }

    /// Tells the metrics, if there are any. If they panic, that is no reason to verify nothing any more.
    pub(super) fn note(&self, tell: impl FnOnce(&dyn Metrics)) {
        if let Some(metrics) = &self.metrics {
            let _ = panic::catch_unwind(AssertUnwindSafe(|| tell(&**metrics)));
        }
    }

    /// Wakes all who wait for the end of a token.
    pub(super) fn tell(&self, change: Change) {
        // It is no error that nobody waits.
        let _ = self.changes.send(change);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }
}

/// Vouches for a token that is bound to a build. Out of line: few tokens are.
#[cold]
fn bound(verified: Verified, beyond: Option<&Beyond>, said: Option<&SourceDigest>) -> Hit {
    let Some(build) = beyond.and_then(|beyond| beyond.build.as_ref()) else { return Hit::Miss };
    match check_build(Some(build), said) {
        Ok(()) => Hit::Caller(verified.build(Arc::clone(build)).vouch()),
        Err(refused) => Hit::Refused(refused),
    }
}

#[inline]
pub(super) fn minute(now: Moment) -> u32 {
    seconds(now.wall) / 60
}

/// A panic while a lock was held leaves a value that is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
