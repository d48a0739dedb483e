//! What must hold, whatever happens.

use std::sync::Arc;

use crate::{
    clock::{Moment, SECOND, ms},
    fleet::Fleet,
    token::Token,
};

/// For each token and node, when the last call began that accepted it.
pub(crate) type Seen = Vec<Vec<Moment>>;

/// What was measured in a schedule, in milliseconds, and what was wrong.
#[derive(Default)]
pub(crate) struct Figures {
    /// The last accept after `revoke` had returned.
    pub(crate) accepted: i64,
    /// The last accept after a cut.
    pub(crate) refused: i64,
    /// The last node that was back.
    pub(crate) back: i64,
    /// How long this process waited for a processor meanwhile.
    pub(crate) starved: i64,
    /// How often a live token was refused by nodes that could reach the server.
    pub(crate) in_vain: u64,
    pub(crate) wrong: Vec<String>,
}

impl Figures {
    /// Nobody accepts a token later than a second after `revoke` returned. No load of the machine excuses it.
    pub(crate) fn check_revoked(&mut self, who: &str, tokens: &[Arc<Token>], seen: &Seen) {
        for (token, nodes) in tokens.iter().zip(seen) {
            let Some(revoked) = token.revoked() else { continue };
            for (node, accepted) in nodes.iter().enumerate() {
                self.accepted = self.accepted.max(ms(revoked, *accepted));
                if *accepted > revoked + SECOND {
                    let late = ms(revoked, *accepted);
                    self.wrong.push(format!("{who} {node} accepts {late} ms after `revoke`"));
                }
            }
        }
    }

    /// Those that are cut off accept nothing later than a second after it. No load of the machine excuses it.
    pub(crate) fn check_cut(
        &mut self,
        who: &str,
        cut: Moment,
        seen: &Seen,
        is_meant: impl Fn(usize) -> bool,
    ) {
        for nodes in seen {
            for (node, accepted) in nodes.iter().enumerate().filter(|(node, _)| is_meant(*node)) {
                self.refused = self.refused.max(ms(cut, *accepted));
                if *accepted > cut + SECOND {
                    let late = ms(cut, *accepted);
                    self.wrong.push(format!("{who} {node} accepts {late} ms after the cut"));
                }
            }
        }
    }

    /// Those that were cut off are back within a second. A process that had no processor for some time may take so much longer.
    pub(crate) fn check_back(
        &mut self,
        fleet: &Fleet,
        mended: Moment,
        starved: i64,
        is_meant: impl Fn(usize) -> bool,
    ) {
        let allowed = 1_000 + if starved >= 20 { starved } else { 0 };
        for (number, node) in fleet.nodes.iter().enumerate().filter(|(node, _)| is_meant(*node)) {
            let back = node.back().map(|at| ms(mended, at));
            self.back = self.back.max(back.unwrap_or(i64::MAX));
            if back.is_none_or(|back| back > allowed) {
                self.wrong.push(format!("node {number} is back after {back:?} of {allowed} ms"));
            }
        }
    }

    /// The worst of both.
    pub(crate) fn join(&mut self, other: &Self) {
        for (own, other) in [
            (&mut self.accepted, other.accepted),
            (&mut self.refused, other.refused),
            (&mut self.back, other.back),
            (&mut self.starved, other.starved),
        ] {
            *own = (*own).max(other);
        }
        self.in_vain += other.in_vain;
    }
}

impl Fleet {
    pub(crate) fn seen(&self) -> Seen {
        self.shown().iter().map(|token| token.accepted()).collect()
    }
}
