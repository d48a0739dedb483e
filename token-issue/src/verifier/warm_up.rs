//! What a verifier begins with: the tokens that the registry has, if it gives them in time.
//!
//! The registry is asked on a thread of its own, since it may answer late, and a registry in a file does not let go of the thread that
//! asks it. Rows that come too late are not thrown away. What was revoked since they were read is taken out of them, and they are
//! put in for as long as the node has come exactly as far.

use std::{
    collections::HashSet,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use token_core::record::Epoch;
use tokio::sync::oneshot;

use super::{metrics::WarmUp, permit::Permit, shared::Shared};
use crate::{
    deadline::Deadline,
    digest::Digest,
    lease::{LEASE, Moment, Node, Verdict},
    registry::{RegistryError, Snapshot},
    row::Row,
};

type Rows = Vec<(Digest, Row)>;
type Asked = Result<Snapshot, RegistryError>;

impl Shared {
    /// Reads the epoch and the tokens of one snapshot, and begins with them.
    pub(super) async fn begin(this: &Arc<Self>, at_most: Duration) -> Result<(), RegistryError> {
        let began = Instant::now();
        // Under a pepper the registry's digests are not those by which memory finds a token.
        let limit = if this.peppers.is_none() { this.capacity } else { 0 };
        let in_time = match limit > 0 && !at_most.is_zero() {
            true => this.snapshot(limit, at_most, take_late).await?,
            false => None,
        };
        let is_in_time = in_time.is_some() || limit == 0 || at_most.is_zero();
        let Some(Snapshot { at, rows, .. }) = (match in_time {
            Some(snapshot) => Some(snapshot),
            // To begin with nothing, only the epoch is needed.
            None => this.snapshot(0, SOON, |_, _| {}).await?,
        }) else {
            return Err(RegistryError::unavailable("it does not answer"));
        };
        this.node().begin_anew(at);
        let number = rows.len();
        this.put_in(at, rows);
        this.note_warm_up(number, began, is_in_time);
        this.poll().await
    }

    /// Asks on another thread. There is no answer if it takes too long, or the registry cannot answer; `late` then takes it when it
    /// comes.
    async fn snapshot(
        self: &Arc<Self>,
        limit: usize,
        at_most: Duration,
        late: fn(&Weak<Self>, Snapshot),
    ) -> Result<Option<Snapshot>, RegistryError> {
        let (tell, told) = oneshot::channel::<Asked>();
        let (registry, this) = (Arc::clone(&self.registry), Arc::downgrade(self));
        let now = super::moment(self.clocks.now().wall);
        let ask = move || {
            let answer = pollster::block_on(registry.snapshot(limit, now));
            if let Err(Ok(snapshot)) = tell.send(answer) {
                late(&this, snapshot);
            }
        };
        let started = thread::Builder::new().name("token-warm-up".into()).spawn(ask);
        started.map_err(|error| {
            RegistryError::unavailable(format!("no thread can be started: {}", error.kind()))
        })?;
        match Deadline::after(at_most).wait(told).await {
            Some(Ok(Ok(snapshot))) => Ok(Some(snapshot)),
            Some(Ok(Err(RegistryError::Unavailable { .. }))) | Some(Err(_)) | None => Ok(None),
            Some(Ok(Err(error))) => Err(error),
        }
    }

    /// Puts in what was read at this epoch, and returns the rest if the node has come farther. What is revoked later, a poll removes.
    fn put_in(&self, at: Epoch, rows: Rows) -> Rows {
        let mut rows = rows.into_iter();
        while let Some((digest, row)) = rows.next() {
            // One that was presented meanwhile is there already, with the minute of its use.
            let is_known = self.cache.look(&digest.half(), |_| ()).is_some();
            let permit = Permit::of(&row, &self.kinds, self.audience.as_deref(), &self.clocks);
            let permit = permit.ok().filter(|_| !row.once && !is_known);
            let Some(Permit { entry, beyond }) = permit else { continue };
            let is_fresh = || self.node().applied() == at;
            if !self.cache.insert_if(digest.half(), entry, beyond, 0, is_fresh) {
                return std::iter::once((digest, row)).chain(rows).collect();
            }
        }
        Rows::new()
    }

    /// Takes out what was revoked after this epoch, and says up to which one. Nothing if that cannot be known.
    fn without_revoked(&self, at: Epoch, rows: &mut Rows) -> Option<Epoch> {
        let feed = pollster::block_on(Deadline::after(LEASE).wait(self.registry.poll(at)))?.ok()?;
        let node = Node::new(at);
        let verdict = node.judge(node.ask(Moment::ZERO), &feed.answer, feed.listed);
        let Verdict::Apply { to, .. } = verdict else { return None };
        let tokens: HashSet<_> = feed.tokens.iter().collect();
        rows.retain(|(_, row)| {
            !tokens.contains(&row.token) && !feed.rules.iter().any(|rule| rule.matches(row))
        });
        Some(to)
    }

    fn note_warm_up(&self, rows: usize, began: Instant, is_in_time: bool) {
        let warm_up = WarmUp { rows, took: began.elapsed(), is_in_time };
        self.note(|metrics| metrics.warmed_up(&warm_up));
    }
}

/// Takes rows that came after the verifier has begun.
fn take_late(shared: &Weak<Shared>, snapshot: Snapshot) {
    let began = Instant::now();
    let Snapshot { mut at, mut rows, in_recovery: false } = snapshot else { return };
    let number = rows.len();
    for _ in 0..TRIES {
        let Some(shared) = shared.upgrade().filter(|shared| !shared.is_stopped()) else { return };
        rows = shared.put_in(at, rows);
        if rows.is_empty() {
            return shared.note_warm_up(number, began, false);
        }
        match shared.without_revoked(at, &mut rows) {
            // The node has not asked yet.
            Some(to) if to == at => thread::sleep(shared.registry.poll_interval()),
            Some(to) => at = to,
            None => return,
        }
    }
}

/// How long to wait for the epoch alone.
const SOON: Duration = Duration::from_secs(1);

/// How often late rows are tried. Where revocations come so fast that this is not enough, tokens are read one by one.
const TRIES: usize = 100;
