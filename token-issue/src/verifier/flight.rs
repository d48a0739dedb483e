//! Misses: reads of single tokens. All who ask for the same token at the same time share one question.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use token_core::{
    AnyCaller, SourceDigest,
    caller::{Hit, Refused},
};
use tokio::sync::OnceCell;

use super::{
    cache::{Beyond, Entry, Key},
    gate::{Denied, Turn},
    metrics::Limited,
    permit::Permit,
    shared::{Shared, lock},
};
use crate::{
    deadline::Deadline,
    digest::Digest,
    lease::{Asked, Fill},
    registry::{Answer, Read},
};

/// The questions that are on their way.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Arc<Flight>>>);

/// One question. If whoever asks it is cancelled, the next who waits asks again.
type Flight = OnceCell<Result<Arc<Landed>, Refused>>;

struct Landed {
    asked: Asked,
    read: Read,
}

/// Takes a flight off the list when the last who waits for it is gone.
struct Seat<'f> {
    flights: &'f Flights,
    key: Key,
    flight: Arc<Flight>,
}

impl Flights {
    fn board(&self, key: Key) -> Seat<'_> {
        let flight = Arc::clone(lock(&self.0).entry(key).or_default());
        Seat { flights: self, key, flight }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights.0);
        // One that has landed is taken off at once: who comes later asks anew.
        let is_last = Arc::strong_count(&self.flight) <= 2;
        let is_ours = flights.get(&self.key).is_some_and(|other| Arc::ptr_eq(other, &self.flight));
        if is_ours && (is_last || self.flight.initialized()) {
            flights.remove(&self.key);
        }
    }
}

impl Shared {
    /// Reads a token of this kind that memory lacks, and that was presented by this build.
    pub(super) async fn fill(
        &self,
        kind: u16,
        plain: Digest,
        said: Option<&SourceDigest>,
    ) -> Result<AnyCaller, Refused> {
        for _ in 0..TRIES {
            let landed = {
                let seat = self.flights.board(plain.half());
                seat.flight.get_or_init(|| self.ask(kind, plain)).await.clone()?
            };
            match self.land(plain, &landed, said)? {
                Landing::Caller(caller) => return Ok(caller),
                Landing::Once => return self.spend(kind, plain, said).await,
                Landing::Stale => {}
            }
        }
        Err(UNAVAILABLE)
    }

    /// Waits for a turn to ask about a token of this kind that somebody presents.
    async fn turn(&self, kind: u16, deadline: Deadline) -> Result<Turn<'_>, Refused> {
        let turn = self.gate.enter(kind, deadline).await;
        if let (Err(Denied::By(limit, _)), Some(kind)) = (&turn, self.kinds.get(kind)) {
            self.note(|metrics| metrics.limited(&Limited { kind: kind.name, limit: *limit }));
        }
        Ok(turn?)
    }

    async fn ask(&self, kind: u16, plain: Digest) -> Result<Arc<Landed>, Refused> {
        let deadline = Deadline::after(PATIENCE);
        let turn = self.turn(kind, deadline).await?;
        let asked = self.question();
        let read = self.registry.read(self.peppers.over(plain), asked.own);
        let answer = deadline.wait(read).await;
        turn.answered(&answer);
        match answer {
            Some(Ok(read)) => Ok(Arc::new(Landed { asked, read })),
            Some(Err(_)) | None => Err(UNAVAILABLE),
        }
    }

    /// Decides what an answer is good for, now, to this build: others who wait for the same answer may be of another one.
    fn land(
        &self,
        plain: Digest,
        landed: &Landed,
        said: Option<&SourceDigest>,
    ) -> Result<Landing, Refused> {
        let Landed { asked, read } = landed;
        let Some(row) = &read.row else {
            // A token that is not there is as unknown as one that was revoked, but only the right registry can say so.
            return match self.judge(*asked, &read.answer)? {
                Fill::Fresh => Err(Refused::Unknown),
                _ => Ok(Landing::Stale),
            };
        };
        let permit = Permit::of(row, &self.kinds, self.audience.as_deref(), &self.clocks);
        let permit = match permit {
            Ok(permit) => permit,
            Err(refused) => {
                self.trust(*asked, &read.answer)?;
                return Err(refused);
            }
        };
        if row.once {
            return Ok(Landing::Once);
        }
        let Permit { entry, beyond } = permit;
        let mut verdict = Ok(Fill::Stale);
        let is_fresh = || {
            verdict = self.judge(*asked, &read.answer);
            verdict == Ok(Fill::Fresh)
        };
        match self.cache.insert_if(plain.half(), entry, beyond.clone(), self.minute(), is_fresh) {
            true => self.vouched(&entry, &beyond, said).map(Landing::Caller),
            false => verdict.map(|_| Landing::Stale),
        }
    }

    /// The caller of a token that was just read.
    fn vouched(
        &self,
        entry: &Entry,
        beyond: &Beyond,
        said: Option<&SourceDigest>,
    ) -> Result<AnyCaller, Refused> {
        match self.vouch(entry, Some(beyond), said) {
            Hit::Caller(caller) => Ok(caller),
            Hit::Refused(refused) => Err(refused),
            Hit::Miss => Err(UNAVAILABLE),
        }
    }

    /// Uses up a token that may be used once. It is in no memory, and nobody shares the question.
    pub(super) async fn spend(
        &self,
        kind: u16,
        plain: Digest,
        said: Option<&SourceDigest>,
    ) -> Result<AnyCaller, Refused> {
        let deadline = Deadline::after(PATIENCE);
        let turn = self.turn(kind, deadline).await?;
        let asked = self.question();
        let now = super::moment(self.clocks.now().wall);
        let digests = self.peppers.over(plain);
        let audience = self.audience.as_deref();
        let spent = self.registry.spend(digests, asked.own, audience, said.copied(), now);
        let answer = deadline.wait(spent).await;
        turn.answered(&answer);
        let Some(Ok(read)) = answer else { return Err(UNAVAILABLE) };
        // The answer comes from a change of the registry itself, so it cannot be stale; it may come from another registry, or late.
        self.trust(asked, &read.answer)?;
        let row = read.row.ok_or(Refused::Unknown)?;
        let permit = Permit::of(&row, &self.kinds, self.audience.as_deref(), &self.clocks)?;
        match asked.lease().holds(self.clocks.now()) {
            true => self.vouched(&permit.entry, &permit.beyond, said),
            false => Err(UNAVAILABLE),
        }
    }

    /// A question of this moment.
    pub(super) fn question(&self) -> Asked {
        let now = self.clocks.earliest();
        self.node().ask(now)
    }

    /// Decides whether an answer may be put into memory, and used.
    fn judge(&self, asked: Asked, answer: &Answer) -> Result<Fill, Refused> {
        match self.node().judge_fill(asked, answer, self.clocks.now()) {
            Fill::Distrust(_) => Err(UNAVAILABLE),
            fill => Ok(fill),
        }
    }

    /// Decides whether an answer is of the registry that this verifier follows.
    fn trust(&self, asked: Asked, answer: &Answer) -> Result<(), Refused> {
        self.judge(asked, answer).map(|_| ())
    }
}

enum Landing {
    Caller(AnyCaller),
    /// It may be used once only.
    Once,
    Stale,
}

/// How often a token is read whose answer came too late, or beside a revocation.
const TRIES: usize = 3;

/// How long a question may wait for its turn and its answer. An answer that comes later could not be used.
const PATIENCE: Duration = crate::lease::LEASE;

pub(super) const UNAVAILABLE: Refused = Refused::unavailable(Duration::from_secs(1));
