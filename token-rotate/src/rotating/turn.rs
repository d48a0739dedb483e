//! What a driver does with what is shared: it asks what to do, and tells how it went.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use token_core::{Grant, Reusable, Secret, Token, TokenId};

use super::shared::{Followed, Shared, Slot};
use crate::{
    Attempt, Error, ErrorKind, Failure, Fetched, Handle,
    issuer::Parts,
    machine::{Answer, Facts, Failed, Fate, State, Step},
    moment::Moment,
};

/// What is to be done now.
#[derive(Clone, Debug)]
pub enum Act {
    /// Fetch a token, and tell what came of it.
    Fetch(Attempt),
    /// End this token at its issuer, and tell what came of it.
    Retire(Handle),
    /// Nothing for so long, unless something happens.
    Sleep(Duration),
    /// Nothing ever again: it was closed, and all is done.
    End,
}

/// What came of a fetch, before the machine is told.
enum Outcome<K: Reusable> {
    New { token: Token<K>, handle: Option<Handle>, followed: Option<Followed> },
    Unchanged,
    Failed { failed: Failed, handle: Option<Handle>, error: Error },
}

/// What is dropped when the lock is free.
#[expect(dead_code, reason = "it is only dropped")]
enum Dropped<K: Reusable> {
    Old(Option<Arc<Slot<K>>>),
    New(Token<K>, Option<Followed>),
}

impl<K: Reusable> Shared<K> {
    /// What to do now. Wipes what has expired.
    pub(crate) fn act(&self) -> Act {
        self.sweep();
        let mut state = self.lock();
        loop {
            let now = self.now();
            match state.machine.step(now) {
                Step::Fetch(number) => {
                    let held = self.slot.load().as_ref().and_then(|slot| slot.token.id());
                    let attempt = Attempt::new(number, state.machine.patience()).holding(held);
                    state.attempts.push(attempt.clone());
                    return Act::Fetch(attempt);
                }
                Step::GiveUp(number) => {
                    let given_up = state.attempts.iter().find(|attempt| attempt.number() == number);
                    given_up.into_iter().for_each(Attempt::cancel);
                    state.last_error = Some(Error::new(ErrorKind::Late, Self::name()));
                    state.verdicts += 1;
                    self.ring(&mut state);
                }
                Step::Retire(handle) => return Act::Retire(handle),
                Step::Sleep(until) => return Act::Sleep(until.left(now)),
                Step::End => return Act::End,
            }
        }
    }

    /// Wipes the tokens that have expired, whoever has leased them.
    fn sweep(&self) {
        let replaced: Vec<Arc<Token<K>>> = {
            let mut state = self.lock();
            if state.is_closed {
                return;
            }
            state.replaced.retain(|replaced| replaced.token.strong_count() > 0);
            state.replaced.iter().filter_map(|replaced| replaced.token.upgrade()).collect()
        };
        replaced.iter().for_each(|token| drop(token.check()));
        let current = self.slot.load_full();
        if let Some(slot) = current
            && slot.token.check().is_err()
        {
            let mut state = self.lock();
            let is_current =
                self.slot.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, &slot));
            if is_current {
                state.machine.over();
            }
        }
    }

    /// What a fetch has brought.
    pub(crate) fn fetched(&self, attempt: &Attempt, result: Result<Fetched, Failure>) {
        let outcome = match result {
            Ok(fetched) => self.take(fetched),
            Err(failure) => Self::failed(&failure),
        };
        let now = self.now();
        let mut state = self.lock();
        state.attempts.retain(|running| running.number() != attempt.number());
        let number = attempt.number();
        // What is dropped here may tell a recorder, so it is dropped when the lock is free.
        let mut dropped = None;
        let (fate, error) = match outcome {
            Outcome::New { token, handle, followed } => {
                let facts = facts(&token, handle.clone(), now);
                let fate = state.machine.done(number, Answer::Admitted(facts), now);
                dropped = Some(match fate {
                    Fate::Swap => Dropped::Old(self.swap(&mut state, token, handle, followed)),
                    Fate::Drop | Fate::Late => Dropped::New(token, followed),
                });
                let expired = || Error::new(ErrorKind::Expired, Self::name());
                (fate, (fate == Fate::Drop).then(expired))
            }
            Outcome::Unchanged => {
                let is_needed = state.machine.state(now) != State::Fresh;
                let error = is_needed.then(|| Error::new(ErrorKind::Unchanged, Self::name()));
                (state.machine.done(number, Answer::Unchanged, now), error)
            }
            Outcome::Failed { failed, handle, error } => {
                (state.machine.done(number, Answer::Failed(failed, handle), now), Some(error))
            }
        };
        if fate != Fate::Late {
            state.last_error = error;
            state.verdicts += 1;
        }
        self.ring(&mut state);
        drop(state);
        drop(dropped);
    }

    /// Admits what was fetched.
    fn take(&self, fetched: Fetched) -> Outcome<K> {
        let Parts::New { secret, grant, handle } = fetched.into_parts() else {
            return Outcome::Unchanged;
        };
        if self.is_held(&secret) && self.lock().machine.state(self.now()) == State::Fresh {
            return Outcome::Unchanged;
        }
        self.admit(secret, &grant, handle)
    }

    fn admit(&self, secret: Secret, grant: &Grant, handle: Option<Handle>) -> Outcome<K> {
        let is_held = self.is_held(&secret);
        let followed = self.follow.as_ref().map(|follow| follow(&secret));
        match self.admission.admit::<K>(secret, grant) {
            Ok(token) if is_held && !self.lives_longer(&token) => Outcome::Unchanged,
            Ok(token) => Outcome::New { token, handle, followed },
            Err(error) => {
                // What is not admitted today may be tomorrow: half of a file, a clock that is wrong.
                let failed = Failed::Transient { retry_after: None };
                let error = Error::because(ErrorKind::NotAdmitted, Self::name(), Arc::new(error));
                // The issuer would end the token that is held.
                Outcome::Failed { failed, handle: handle.filter(|_| !is_held), error }
            }
        }
    }

    /// Whether the secret is that of the token that is held. It is not known of one that could be guessed.
    fn is_held(&self, secret: &Secret) -> bool {
        let held = self.slot.load().as_ref().and_then(|slot| slot.token.id());
        held.is_some() && secret.with_bytes("names what was fetched", TokenId::of) == held
    }

    fn lives_longer(&self, token: &Token<K>) -> bool {
        let held = self.slot.load();
        let held = held.as_ref().map_or(Duration::ZERO, |slot| slot.token.remaining());
        // By more than what the reading of a clock may differ.
        token.remaining() > held.saturating_add(Duration::from_secs(1))
    }

    fn failed(failure: &Failure) -> Outcome<K> {
        let (failed, kind) = match failure {
            Failure::Transient { retry_after, .. } => {
                (Failed::Transient { retry_after: *retry_after }, ErrorKind::NotFetched)
            }
            Failure::Final { .. } => (Failed::Final, ErrorKind::Refused),
        };
        let error = Error::because(kind, Self::name(), Arc::clone(failure.cause()));
        Outcome::Failed { failed, handle: None, error }
    }

    /// The new token takes the place of the old one, which is returned.
    fn swap(
        &self,
        state: &mut super::shared::State<K>,
        token: Token<K>,
        handle: Option<Handle>,
        followed: Option<Followed>,
    ) -> Option<Arc<Slot<K>>> {
        let id = token.id();
        let new = Arc::new(Slot::new(token, handle));
        let old = self.slot.swap(Some(new));
        state.revision += 1;
        match &old {
            Some(old) => state.replace(old, id, followed),
            None => state.followed = followed,
        }
        old
    }

    /// Whether a token was ended at its issuer.
    pub(crate) fn retired(&self, handle: &Handle, result: &Result<(), Failure>) {
        let now = self.now();
        let mut state = self.lock();
        let again = result.as_ref().is_err_and(|failure| !failure.is_final());
        state.machine.retired(now, result.is_ok(), again);
        let of_handle =
            |replaced: &&super::shared::Replaced<K>| replaced.handle.as_ref() == Some(handle);
        let ended: Vec<_> = match result {
            Ok(()) => state.replaced.iter().filter(of_handle).collect(),
            Err(_) => Vec::new(),
        };
        let ended: Vec<_> = ended.iter().filter_map(|replaced| replaced.token.upgrade()).collect();
        self.ring(&mut state);
        drop(state);
        // It is of no more use, whoever has leased it.
        ended.iter().for_each(|token| token.end());
    }

    /// A server has rejected the token with this id.
    pub(super) fn reject(&self, id: Option<TokenId>) {
        // Most rejections are of tokens that were replaced long ago; they take no lock.
        let is_current = |slot: &Arc<Slot<K>>| slot.token.id() == id;
        if !self.slot.load().as_ref().is_some_and(is_current) {
            return;
        }
        let now = self.now();
        let mut state = self.lock();
        let slot = self.slot.load_full();
        if let Some(slot) = slot.filter(is_current)
            && state.machine.rejected(id, now)
        {
            slot.is_rejected.store(true, Ordering::Relaxed);
            self.ring(&mut state);
        }
    }

    /// No new fetch. Every token is wiped, whoever has leased it. Whatever runs is told to end.
    pub(super) fn close(&self) {
        let now = self.now();
        let mut state = self.lock();
        if std::mem::replace(&mut state.is_closed, true) {
            return;
        }
        state.machine.close(now);
        state.attempts.iter().for_each(Attempt::cancel);
        let current = self.slot.swap(None);
        let mut held: Vec<Arc<Token<K>>> =
            current.iter().map(|slot| Arc::clone(&slot.token)).collect();
        held.extend(state.replaced.iter().filter_map(|replaced| replaced.token.upgrade()));
        self.ring(&mut state);
        drop(state);
        held.iter().for_each(|token| token.end());
    }
}

fn facts<K: Reusable>(token: &Token<K>, handle: Option<Handle>, now: Moment) -> Facts {
    let wall = |moment: Option<token_core::UtcDateTime>| moment.map_or(Duration::MAX, since_epoch);
    let expires = match token.expires_at() {
        None => Moment::NEVER,
        expires_at => Moment {
            wall: wall(expires_at),
            monotonic: now.monotonic.saturating_add(token.remaining()),
        },
    };
    Facts { id: token.id(), handle, expires, aged: wall(token.rotate_at()) }
}

fn since_epoch(moment: token_core::UtcDateTime) -> Duration {
    let nanos = u64::try_from(moment.unix_timestamp_nanos()).unwrap_or_default();
    Duration::from_nanos(nanos)
}
