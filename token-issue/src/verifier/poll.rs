//! Asks the registry what was revoked, several times a second.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use token_core::{AnyCaller, caller::Refused, record::Epoch};

use super::{
    cache::Entry,
    flight::UNAVAILABLE,
    health::{Distrusted, Health},
    kinds::is_once,
    metrics::{Polled, Revocations},
    permit::Permit,
    shared::{Shared, lock},
    watch::{Change, Heard},
};
use crate::{
    deadline::Deadline,
    lease::{Asked, LEASE, Lease, Moment, Verdict},
    registry::{Feed, RegistryError, Rule},
    row::{Row, State, check_build},
};

impl Shared {
    /// One poll: as many questions as it takes to hear all.
    pub(super) async fn poll(&self) -> Result<(), RegistryError> {
        let (began, lease) = (Instant::now(), self.lease.get());
        let answer = self.ask_what_was_revoked().await;
        let lease_left = left(lease, self.clocks.now());
        let polled = Polled { error: answer.as_ref().err(), took: began.elapsed(), lease_left };
        self.note(|metrics| metrics.polled(&polled));
        answer
    }

    async fn ask_what_was_revoked(&self) -> Result<(), RegistryError> {
        loop {
            let asked = self.question();
            let answer = Deadline::after(LEASE).wait(self.registry.poll(asked.own)).await;
            let feed = match answer {
                Some(Ok(feed)) => feed,
                Some(Err(error)) => return Err(self.note_failure(error)),
                None => {
                    return Err(self.note_failure(RegistryError::unavailable("it does not answer")));
                }
            };
            if self.take(asked, &feed) {
                return Ok(());
            }
            if self.node().applied() == asked.own && feed.listed == asked.own {
                // A list that never grows would keep this thread for ever.
                return Ok(());
            }
        }
    }

    /// Takes an answer. Returns whether there is no more to ask.
    fn take(&self, asked: Asked, feed: &Feed) -> bool {
        let verdict = self.node().judge(asked, &feed.answer, feed.listed);
        match verdict {
            Verdict::Apply { to, is_all } => {
                self.apply(to, feed);
                if is_all {
                    self.renew(asked);
                }
                is_all
            }
            Verdict::Late => true,
            Verdict::Behind => {
                self.begin_anew(feed.answer.at);
                false
            }
            Verdict::Distrust(why) => {
                self.forget(Distrusted { why, own: asked.own, found: feed.answer.at });
                true
            }
        }
    }

    fn apply(&self, to: Epoch, feed: &Feed) {
        self.node().publish(to);
        for token in &feed.tokens {
            self.cache.remove(*token);
        }
        if !feed.rules.is_empty() {
            self.cache.remove_if(|entry, subject| self.may_match(&feed.rules, entry, subject));
        }
        let is_new = !feed.tokens.is_empty() || !feed.rules.is_empty();
        if is_new {
            self.note_revoked(feed);
        }
        // Who begins to wait from here on finds the tokens gone from memory.
        if is_new && self.changes.receiver_count() > 0 {
            self.tell(Change::Revoked(Arc::new(Heard::of(feed))));
        }
    }

    /// The lease is that of the last question whose answer was complete.
    fn note_revoked(&self, feed: &Feed) {
        let end = self.lease.get().end();
        let since = (self.clocks.now().monotonic + LEASE).saturating_sub(end.monotonic);
        let no_older_than = (end != Moment::ZERO).then_some(since);
        let (tokens, rules) = (feed.tokens.len(), feed.rules.len());
        self.note(|metrics| metrics.revoked(&Revocations { tokens, rules, no_older_than }));
    }

    fn may_match(&self, rules: &[Rule], entry: &Entry, subject: Option<&str>) -> bool {
        let kind = self.kinds.get(entry.kind).map_or("", |kind| kind.name);
        rules.iter().any(|rule| rule.may_match(kind, subject))
    }

    fn renew(&self, asked: Asked) {
        let mut node = self.node();
        node.renew(asked);
        self.lease.set(node.lease());
        *lock(&self.health) = Health::Ready;
    }

    /// Goes on with an empty memory, after a time in which it could not follow.
    fn begin_anew(&self, at: Epoch) {
        let mut node = self.node();
        node.begin_anew(at);
        self.lease.set(None);
        drop(node);
        self.cache.remove_if(|_, _| true);
        self.tell(Change::All);
    }

    fn note_failure(&self, error: RegistryError) -> RegistryError {
        let mut health = lock(&self.health);
        if !matches!(*health, Health::Distrusted { .. }) {
            *health = Health::Unavailable { error: Some(error.clone()) };
        }
        error
    }

    /// Tells the registry which tokens were used in these minutes. A failure refuses nobody.
    pub(super) async fn tell_last_used(&self, minutes: std::ops::Range<u32>) {
        let used = self.cache.used_since(minutes.start).into_iter();
        let used = used.filter(|(_, minute)| minutes.contains(minute));
        let used: Vec<_> = used.map(|(token, minute)| (token, super::of_minute(minute))).collect();
        if !used.is_empty() {
            let _ = Deadline::after(LEASE).wait(self.registry.touch(used)).await;
        }
    }

    /// Whether a token is still valid of which memory says nothing.
    pub(super) async fn read_again(&self, caller: &AnyCaller) -> Result<(), Refused> {
        let lease = self.lease.get();
        if !lease.holds(self.clocks.now()) {
            // The answer could not be used. A lost lease concerns all who wait, and they must not ask all at once.
            return Err(UNAVAILABLE);
        }
        let deadline = Deadline::after(LEASE);
        let (kind, _) = self.kinds.named(caller.kind().name).ok_or(Refused::Unknown)?;
        let _turn = self.gate.enter_known(kind, deadline).await?;
        let row = deadline.wait(self.registry.show(caller.token())).await;
        let Some(Ok(row)) = row else { return Err(UNAVAILABLE) };
        self.still_permits(&row.ok_or(Refused::Unknown)?, caller)?;
        // The answer has no epoch. It is good if the registry was trusted when it was asked, and is so now.
        match lease.holds(self.clocks.now()) {
            true => Ok(()),
            false => Err(UNAVAILABLE),
        }
    }

    fn still_permits(&self, row: &Row, caller: &AnyCaller) -> Result<(), Refused> {
        check_build(row.build.as_ref(), caller.build())?;
        let is_once = row.once || is_once(caller.kind());
        match row.state {
            State::Revoked { .. } => Err(Refused::Revoked),
            // This caller has used it, and it may have expired since.
            State::Spent | State::Live if is_once => Ok(()),
            State::Spent | State::Live => {
                Permit::of(row, &self.kinds, self.audience.as_deref(), &self.clocks).map(drop)
            }
        }
    }
}

/// What is left of a lease, by the clock by which it ends first.
fn left(lease: Lease, now: Moment) -> Duration {
    let end = lease.end();
    let left = |end: Duration, now| end.saturating_sub(now);
    left(end.wall, now.wall).min(left(end.monotonic, now.monotonic))
}

/// Runs on a thread of its own until the verifier is dropped.
pub(super) fn run(shared: &Arc<Shared>) {
    let interval = shared.registry.poll_interval();
    let this = std::thread::current();
    // The registry has it for as long as this function does.
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || this.unpark());
    shared.registry.on_revocation(Arc::downgrade(&wake));
    let mut told = shared.began;
    while !shared.is_stopped() {
        std::thread::park_timeout(interval);
        // What went wrong stands in the health, and the lease ends by itself.
        let _ = pollster::block_on(shared.poll());
        let minute = shared.minute();
        if minute > told {
            pollster::block_on(shared.tell_last_used(told..minute));
            let now = shared.clocks.now();
            shared.cache.remove_if(|entry, _| entry.is_expired(now));
            told = minute;
        }
    }
}
