//! Defines how a replacement is made.

use std::time::Duration;

/// How a replacement is made: what the policy says, and what the caller of the run decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many tokens of the slot may be live at once: the issuer's limit, at least 2.
    pub limit: usize,
    /// How long `test` may fail after `set`.
    pub settle: Duration,
    /// How long the old token stays valid after the new one has passed `test`. An emergency has no overlap.
    pub overlap: Duration,
    /// How long the run may wait for an overlap to be over. If it is longer, the next run ends the old token.
    pub wait: Duration,
    /// How long a token may live; `None` if it need not expire.
    pub longest: Option<Duration>,
    /// By how much an expiry that is given as a time may be later, since two clocks disagree.
    pub leeway: Duration,
}

impl Rules {
    /// How many tokens are live at once if the issuer has no limit: the current one, one that a killed run has left, and its
    /// successor.
    pub const LIMIT: usize = 3;
}
