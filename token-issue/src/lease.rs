//! Until when a node may answer from memory, so that a revocation holds everywhere within a second.
//!
//! Several nodes verify tokens against one store, and each keeps what it has read in memory. When a token is revoked, no
//! message can be relied on to reach them all. So each node *asks*, every 250 ms, what was revoked since it asked last, and
//! its memory counts only for a time after each question: the **lease**. This module decides; it has no clock, store, lock
//! or thread, so that all its cases can be tried (`tests/lease.rs`).
//!
//! # The proof
//!
//! The store keeps one row, the [`Epoch`]. Every revocation advances it, in its own transaction. An answer holds all
//! revocations that were committed before the question was *sent*. A node first applies them and then answers from memory
//! until [`LEASE`] after the sending. So if memory answers at time *t*, all revocations before *t* - [`LEASE`] are applied.
//!
//! This needs one clock of the node's two that keeps true time, and one store that takes revocations. A store that was
//! restored from a backup, or a replica that was promoted too early, has lost revocations; a node notices that by the
//! mark of its own epoch, and stops.
//!
//! # The order of the steps
//!
//! For a poll: [`Node::ask`], read the store, [`Node::judge`], [`Node::publish`], remove what was revoked from memory,
//! [`Node::renew`]. A fill (reading one token that memory lacks) may have been read before a revocation that is already
//! applied. So it asks [`Node::judge_fill`] while it holds the lock under which removals happen. Only if that says
//! [`Fill::Fresh`] does it put the token into memory and use it as the answer.

use std::time::Duration;

use token_core::record::Epoch;

use crate::registry::Answer;

/// How long after a question was sent memory may answer. The 50 ms that are missing to a second are for the answer
/// to reach the caller.
pub const LEASE: Duration = Duration::from_millis(950);

/// The earliest that the true time may have been when the clocks were read: [`Clock::ahead_by`](token_core::Clock::ahead_by)
/// is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Since the Unix epoch.
    pub wall: Duration,
    /// Since the moment from which the monotonic clock counts.
    pub monotonic: Duration,
}

/// A question to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// How far the node had come.
    pub own: Epoch,
    /// When it was about to be sent.
    pub sent: Moment,
    /// How often the node had begun anew.
    era: u32,
}

/// What to do with the answer to a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Verdict {
    /// Publish this epoch and remove what was revoked up to it.
    Apply {
        /// How far the answer's list of what was revoked goes.
        to: Epoch,
        /// Whether that is all, so that the lease may be renewed. Otherwise ask again.
        is_all: bool,
    },
    /// Another poll was faster, or the node has begun anew. Do nothing.
    Late,
    /// The store has another history than the one that this memory was read from: forget everything, refuse, and say so.
    /// [`Node::begin_anew`] goes on from a new snapshot.
    OtherHistory,
}

/// What to do with a token that was read from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Fill {
    /// Put it into memory, and answer with it.
    Fresh,
    /// It may have been revoked meanwhile. Do neither, and read again.
    Stale,
    /// As [`Verdict::OtherHistory`].
    OtherHistory,
}

/// What one node knows: how far it has come, and until when its memory counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// How often it has begun anew. What was asked before belongs to a memory that is forgotten.
    era: u32,
    applied: Epoch,
    /// `None` until the first poll has been applied.
    until: Option<Moment>,
}

impl Node {
    /// A node whose memory was read from the store in one snapshot, together with this epoch. It has no lease yet.
    #[must_use]
    pub const fn new(snapshot: Epoch) -> Self {
        Self { era: 0, applied: snapshot, until: None }
    }

    /// Goes on with a memory that was read anew, in one snapshot with this epoch.
    pub fn begin_anew(&mut self, snapshot: Epoch) {
        *self = Self { era: self.era.wrapping_add(1), applied: snapshot, until: None };
    }

    /// How far it has come.
    #[must_use]
    pub const fn applied(&self) -> Epoch {
        self.applied
    }

    /// A question, to be sent at once. `now` must be read before it is sent.
    #[must_use]
    pub const fn ask(&self, now: Moment) -> Asked {
        Asked { own: self.applied, sent: now, era: self.era }
    }

    /// Decides what the answer to a poll means, whose list of what was revoked goes up to `listed`.
    pub fn judge(&self, asked: Asked, answer: &Answer, listed: Epoch) -> Verdict {
        if asked.era != self.era || asked.own != self.applied {
            return Verdict::Late;
        }
        match shares_history(asked.own, answer) {
            true => Verdict::Apply { to: listed, is_all: listed == answer.at },
            false => Verdict::OtherHistory,
        }
    }

    /// Step 1 of applying: from now on a token that was read earlier is stale. It comes before the removals, so that
    /// nothing that they have passed is put in again.
    pub fn publish(&mut self, to: Epoch) {
        self.applied = to;
    }

    /// Step 2 of applying, after the removals: memory counts for a time from when the question was sent.
    pub fn renew(&mut self, asked: Asked) {
        self.until = Some(asked.sent.later_by(LEASE));
    }

    /// Whether memory counts, by both clocks. A clock that is set back cannot lengthen the lease, since the other one
    /// goes on.
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        self.until.is_some_and(|until| now.is_before(until))
    }

    /// Decides what to do with a token that was read, after [`ask`](Self::ask), in one statement with `answer`. Call it with the
    /// lock held under which the token would be removed.
    pub fn judge_fill(&self, asked: Asked, answer: &Answer, now: Moment) -> Fill {
        if asked.era != self.era {
            return Fill::Stale;
        }
        if !shares_history(asked.own, answer) {
            return Fill::OtherHistory;
        }
        // If the node has moved since, the answer's history was compared with an epoch that counts no more. A greater number
        // does not help: it may be that of another history.
        let is_current = asked.own == self.applied || answer.at == self.applied;
        match is_current && now.is_before(asked.sent.later_by(LEASE)) {
            true => Fill::Fresh,
            false => Fill::Stale,
        }
    }
}

impl Moment {
    fn later_by(self, by: Duration) -> Self {
        Self { wall: self.wall.saturating_add(by), monotonic: self.monotonic.saturating_add(by) }
    }

    /// By both clocks.
    fn is_before(self, other: Self) -> bool {
        self.wall < other.wall && self.monotonic < other.monotonic
    }
}

/// Whether the store's history is the one from which the node's memory was read.
fn shares_history(own: Epoch, answer: &Answer) -> bool {
    answer.knows_own && !answer.in_recovery && own.n >= answer.pruned_to && answer.at.n >= own.n
}
