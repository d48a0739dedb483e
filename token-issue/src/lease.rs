//! Until when a node may answer from memory, so that a revocation holds everywhere within a second.
//!
//! Several nodes verify tokens against one registry, and each keeps what it has read in memory. When a token is revoked, no
//! message can be relied on to reach them all. So each node *asks*, several times a second, what was revoked since it asked last, and
//! its memory counts only for a time after each question: the **lease**. This module decides; it has no clock, registry, lock
//! or thread, so that all its cases can be tried (`tests/lease.rs`).
//!
//! # The proof
//!
//! The registry keeps one row, the [`Epoch`]. Every revocation advances it, in its own transaction. An answer holds all
//! revocations that were committed before the question was *sent*. A node first applies them and then answers from memory
//! until [`LEASE`] after the sending. So if memory answers at time *t*, all revocations before *t* - [`LEASE`] are applied.
//!
//! This needs one clock of the node's two that keeps true time, and one registry that takes revocations. A registry that was
//! restored from a backup, or a replica that was promoted too early, has lost revocations; a node notices that by the
//! mark of its own epoch, and refuses.
//!
//! # The order of the steps
//!
//! A poll: [`Node::ask`], ask the registry, [`Node::judge`], [`Node::publish`], remove from memory what was revoked,
//! [`Node::renew`].
//!
//! A hit: read [`Node::lease`], look into memory, and only then read the clocks for [`Lease::holds`]. A lease that is read
//! after the look may be newer than what was seen, by as long as the thread was not running in between.
//!
//! A fill, which reads one token that memory lacks, may have been read before a revocation that is already applied. So it asks
//! [`Node::judge_fill`] while it holds the lock under which removals happen. Only if that says [`Fill::Fresh`] does it put the
//! token into memory and use it as the answer.

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
    /// Since 1970.
    pub wall: Duration,
    /// Since the moment from which the monotonic clock counts.
    pub monotonic: Duration,
}

impl Moment {
    /// Before all others.
    pub const ZERO: Self = Self { wall: Duration::ZERO, monotonic: Duration::ZERO };

    /// After all others.
    pub const NEVER: Self = Self { wall: Duration::MAX, monotonic: Duration::MAX };
}

/// Until when memory counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease(Moment);

/// A question to the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// How far the node had come.
    pub own: Epoch,
    /// When it was about to be sent.
    pub sent: Moment,
}

/// What to do with the answer to a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Verdict {
    /// [Publish](Node::publish) this epoch and remove what was revoked up to it.
    Apply {
        /// How far the answer's list of what was revoked goes.
        to: Epoch,
        /// Whether that is all, so that the lease may be renewed. Otherwise ask again.
        is_all: bool,
    },
    /// The node has moved since it asked. Do nothing.
    Late,
    /// The history that this node needs was pruned. [`Node::begin_anew`] from a new snapshot.
    Behind,
    /// The registry is not the one from which memory was read, or is not up to date. Forget everything, refuse, and say so. The next
    /// answer may be better; whether another registry is to be trusted is for a person to say.
    Distrust(Distrust),
}

/// Why a registry is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Distrust {
    /// The node's own epoch is not in its history: it was restored from a backup, or is a replica that was promoted before it
    /// had everything.
    OtherHistory,
    /// It is a replica, or is being recovered.
    InRecovery,
}

/// What to do with a token that was read from the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Fill {
    /// Put it into memory, and answer with it.
    Fresh,
    /// It may have been revoked meanwhile. Do neither, and read again.
    Stale,
    /// As [`Verdict::Distrust`].
    Distrust(Distrust),
}

/// What one node knows: how far it has come, and until when its memory counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    applied: Epoch,
    /// `None` until the first poll has been applied.
    lease: Option<Lease>,
}

impl Node {
    /// A node whose memory was read from the registry in one snapshot, together with this epoch. It has no lease yet.
    #[must_use]
    pub const fn new(snapshot: Epoch) -> Self {
        Self { applied: snapshot, lease: None }
    }

    /// Goes on with a memory that was read anew, in one snapshot with this epoch.
    pub fn begin_anew(&mut self, snapshot: Epoch) {
        *self = Self::new(snapshot);
    }

    /// How far it has come.
    #[must_use]
    pub const fn applied(&self) -> Epoch {
        self.applied
    }

    /// A question, to be sent at once. `now` must be read before it is sent.
    #[must_use]
    pub const fn ask(&self, now: Moment) -> Asked {
        Asked { own: self.applied, sent: now }
    }

    /// Decides what the answer to a poll means, whose list of what was revoked goes up to `listed`.
    pub fn judge(&self, asked: Asked, answer: &Answer, listed: Epoch) -> Verdict {
        if asked.own != self.applied {
            return Verdict::Late;
        }
        match distrust(asked.own, answer) {
            Some(why) => Verdict::Distrust(why),
            None if asked.own.n < answer.pruned_to => Verdict::Behind,
            None => Verdict::Apply { to: listed, is_all: listed == answer.at },
        }
    }

    /// Step 1 of applying: from now on a token that was read earlier is stale. It comes before the removals, so that
    /// nothing that they have passed is put in again.
    pub fn publish(&mut self, to: Epoch) {
        self.applied = to;
    }

    /// Step 2 of applying, after the removals: memory counts for a time from when the question was sent.
    pub fn renew(&mut self, asked: Asked) {
        self.lease = Some(asked.lease());
    }

    /// Ends the lease.
    pub fn give_up(&mut self) {
        self.lease = None;
    }

    /// Until when memory counts.
    #[must_use]
    pub const fn lease(&self) -> Option<Lease> {
        self.lease
    }

    /// Decides what to do with a token that was read, after [`ask`](Self::ask), in one statement with `answer`. Call it with the
    /// lock held under which the token would be removed.
    pub fn judge_fill(&self, asked: Asked, answer: &Answer, now: Moment) -> Fill {
        if asked.own.n < answer.pruned_to {
            return Fill::Stale;
        }
        if let Some(why) = distrust(asked.own, answer) {
            return Fill::Distrust(why);
        }
        // If the node has moved since, the answer's history was compared with an epoch that counts no more. A greater number
        // does not help: it may be that of another history.
        let is_current = asked.own == self.applied || answer.at == self.applied;
        match is_current && asked.lease().holds(now) {
            true => Fill::Fresh,
            false => Fill::Stale,
        }
    }
}

impl Asked {
    /// Until when what is read by this question counts.
    #[must_use]
    pub fn lease(&self) -> Lease {
        let Moment { wall, monotonic } = self.sent;
        Lease(Moment {
            wall: wall.saturating_add(LEASE),
            monotonic: monotonic.saturating_add(LEASE),
        })
    }
}

impl Lease {
    /// The lease that ends at this moment.
    #[must_use]
    pub const fn until(end: Moment) -> Self {
        Self(end)
    }

    /// When it ends.
    #[must_use]
    pub const fn end(&self) -> Moment {
        self.0
    }

    /// Whether it holds, by both clocks. A clock that is set back cannot lengthen it, since the other one goes on.
    #[inline]
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        now.wall < self.0.wall && now.monotonic < self.0.monotonic
    }
}

/// Why the registry may not have the history from which the node's memory was read.
fn distrust(own: Epoch, answer: &Answer) -> Option<Distrust> {
    let is_pruned = own.n < answer.pruned_to;
    let shares_history = answer.at.n >= own.n && (answer.knows_own || is_pruned);
    match (answer.in_recovery, shares_history) {
        (true, _) => Some(Distrust::InRecovery),
        (false, false) => Some(Distrust::OtherHistory),
        (false, true) => None,
    }
}
