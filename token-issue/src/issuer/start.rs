//! The start of an issuer: what a crash has left is put in order first.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use token_core::record::{Action, Epoch, Event, Opening, Standing};

use super::{
    Inner, Issuer, IssuerOptions,
    closing::{Closing, wait},
    read::LONGEST_LEEWAY,
    shared::Shared,
    worker::Worker,
};
use crate::{
    error::{Cause, Error},
    mint::draft::Now,
    registry::{Answer, Rule},
};

impl IssuerOptions {
    /// Starts the issuer.
    ///
    /// It reads the log and compares it with the registry. A token that is open on record and has no row was being made when
    /// the program ended: nobody has it, and its record is closed. Tombstones whose end is not on record yet are put there.
    ///
    /// **It blocks**: until the log is read, and for some answers of the registry. Call it before the async runtime, or on a
    /// thread that may wait.
    ///
    /// # Errors
    ///
    /// [`OtherHistory`](crate::ErrorKind::OtherHistory) if the registry has lost revocations that are on record,
    /// [`NotReadBack`](crate::ErrorKind::NotReadBack) if the log cannot be read,
    /// [`PepperInUse`](crate::ErrorKind::PepperInUse) for a third pepper, and what the log and the registry say.
    pub fn start(self) -> Result<Issuer, Error> {
        let revokes_all = self.revoke_all_if_older;
        let actor = self.actor.as_deref().map(Arc::from);
        let shared = Arc::new(self.into_shared());
        let epoch = shared.put_in_order(revokes_all)?;
        let worker = Worker::start(Arc::clone(&shared), epoch).map_err(Cause::no_thread)?;
        Ok(Issuer { inner: Arc::new(Inner { shared, worker }), actor })
    }

    fn into_shared(self) -> Shared {
        let Self { policy, registry, log, clock, actor, peppers, deadline, only_revokes, .. } =
            self;
        let (in_hand, other_history) = (Mutex::default(), Mutex::default());
        Shared {
            policy,
            registry,
            log,
            clock,
            actor,
            peppers,
            only_revokes,
            deadline,
            in_hand,
            other_history,
        }
    }
}

impl Shared {
    fn put_in_order(&self, revokes_all: bool) -> Result<Epoch, Error> {
        let standing = self.log.standing().map_err(Cause::NotReadBack)?;
        let epoch = self.compare(&standing, revokes_all)?;
        if !self.only_revokes {
            self.use_peppers()?;
        }
        self.close_without_row(standing.open)?;
        Closing::new(self, epoch).sweep()?;
        Ok(epoch)
    }

    /// Refuses a registry that is older than its log: revoked tokens would live again.
    fn compare(&self, standing: &Standing, revokes_all: bool) -> Result<Epoch, Error> {
        let own = standing.epoch.unwrap_or(Epoch { n: 0, mark: [0; 16] });
        let answer = wait(self.asked(self.registry.poll(own), self.deadline()))?.answer;
        if answer.in_recovery {
            return Err(Cause::InRecovery.into());
        }
        match standing.epoch {
            Some(recorded) if is_lost(recorded, &answer) && revokes_all => self.revoke_all(),
            Some(recorded) if is_lost(recorded, &answer) => Err(Cause::OlderThanLog {
                log: self.log.name().to_owned(),
                recorded: recorded.n,
                found: answer.at.n,
            }
            .into()),
            Some(_) | None => Ok(answer.at),
        }
    }

    fn revoke_all(&self) -> Result<Epoch, Error> {
        let deadline = self.deadline();
        let revoked = wait(self.asked(self.registry.revoke_matching(Rule::all()), deadline))?;
        let why =
            "the registry had lost revocations that are on record, so all its tokens are revoked";
        let event = self.signed(Event::new(Action::revoked(None), ""), why).epoch(revoked.at);
        wait(self.recorded(event, deadline))?;
        Ok(revoked.at)
    }

    fn use_peppers(&self) -> Result<(), Error> {
        let (current, previous) = (self.peppers.current(), self.peppers.previous());
        let now = Now::read(&*self.clock).moment();
        let used = self.registry.use_pepper(current, previous, now, self.longest_life());
        wait(self.asked(used, self.deadline()))
    }

    /// How long a token may be valid that is minted now, on a machine whose clock differs.
    fn longest_life(&self) -> Duration {
        let ours = self.policy.kinds.iter().filter(|kind| kind.format.is_some());
        let longest = ours.map(|kind| kind.max_lifetime.unwrap_or(UNLIMITED)).max();
        longest.unwrap_or_default() + LONGEST_LEEWAY
    }

    /// Closes what is open on record and unknown to the registry.
    fn close_without_row(&self, open: Vec<Opening>) -> Result<(), Error> {
        for opening in open {
            let is_birth =
                matches!(opening.event.action, Action::Created | Action::Narrowed { .. });
            let Some(token) = opening.event.token.filter(|_| is_birth) else { continue };
            let row = wait(self.asked(self.registry.show(token), self.deadline()))?;
            if row.is_none() {
                let event = Event::new(Action::destroyed(Some(opening.index)), opening.event.kind);
                let event = event.token(token).origin(self.log.name().to_owned());
                let event =
                    self.signed(event, "it has no row: the program ended while it was made");
                wait(self.recorded(event, self.deadline()))?;
            }
        }
        Ok(())
    }
}

/// Whether the registry's history lacks an epoch that is on record. What was pruned is not lost: the registry has gone on since.
pub(super) fn is_lost(epoch: Epoch, answer: &Answer) -> bool {
    !answer.knows_own && epoch.n >= answer.pruned_to
}

/// A kind without a maximum: a hundred years.
const UNLIMITED: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
