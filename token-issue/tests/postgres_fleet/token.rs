//! A token that all nodes are shown again and again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use token_core::TokenId;

use crate::clock::Moment;

pub(crate) struct Token {
    pub(crate) bytes: Vec<u8>,
    pub(crate) id: TokenId,
    is_live: AtomicBool,
    /// When `revoke` returned, or zero.
    revoked: AtomicU64,
    /// For each node, when the last call began that accepted it.
    ///
    /// When a call returned would say less: the thread may stand still between the decision and the reading of the clock. A node that accepts
    /// too late does so in the next calls too, and these begin too late.
    accepted: Vec<AtomicU64>,
}

impl Token {
    pub(crate) fn new((id, bytes): (TokenId, Vec<u8>), nodes: usize) -> Self {
        let accepted = (0..nodes).map(|_| AtomicU64::new(0)).collect();
        Self { bytes, id, is_live: true.into(), revoked: 0.into(), accepted }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.is_live.load(Ordering::SeqCst)
    }

    /// From now on it may be refused.
    pub(crate) fn condemn(&self) {
        self.is_live.store(false, Ordering::SeqCst);
    }

    pub(crate) fn note_revoked(&self, at: Moment) {
        self.revoked.store(at, Ordering::SeqCst);
    }

    pub(crate) fn revoked(&self) -> Option<Moment> {
        Some(self.revoked.load(Ordering::SeqCst)).filter(|at| *at != 0)
    }

    pub(crate) fn note_accepted(&self, node: usize, began: Moment) {
        self.accepted[node].fetch_max(began, Ordering::SeqCst);
    }

    pub(crate) fn accepted(&self) -> Vec<Moment> {
        self.accepted.iter().map(|at| at.load(Ordering::SeqCst)).collect()
    }
}
