//! Whether the end of a token is on record, and which token replaces it.

use core::sync::atomic::{AtomicU8, Ordering};

use crate::{clock::AtomicU64, id::TokenId};

/// One closing event for each token: the first thread that closes it notes one, all others note none.
pub(super) struct Closing {
    state: AtomicU8,
    /// The two halves of the successor's id, which are whole while the state is [`REPLACED`].
    successor: [AtomicU64; 2],
}

const OPEN: u8 = 0;
/// A thread writes the successor. A token that is closed at this moment is closed as one without a successor.
const WRITING: u8 = 1;
const REPLACED: u8 = 2;
/// Replaced by a token that has no id.
const REPLACED_BY_UNNAMED: u8 = 3;
const CLOSED: u8 = 4;

/// What the thread that wants to close a token has to note.
pub(super) enum End {
    /// Nothing: the token was closed before.
    Noted,
    /// An end of whatever sort the thread knows.
    Plain,
    /// The token was replaced by the one with this id.
    Replaced(Option<TokenId>),
}

impl Closing {
    pub(super) fn new() -> Self {
        Self { state: AtomicU8::new(OPEN), successor: [AtomicU64::new(0), AtomicU64::new(0)] }
    }

    /// The first successor counts. One that comes after the end is left out.
    pub(super) fn replaced_by(&self, successor: Option<TokenId>) {
        let (set, failed) = (Ordering::AcqRel, Ordering::Acquire);
        if self.state.compare_exchange(OPEN, WRITING, set, failed).is_err() {
            return;
        }
        let state = successor.map_or(REPLACED_BY_UNNAMED, |id| {
            let halves = u128::from_ne_bytes(*id.as_bytes());
            self.successor[0].store(halves as u64, Ordering::Relaxed);
            self.successor[1].store((halves >> 64) as u64, Ordering::Relaxed);
            REPLACED
        });
        // An error means that the token was closed meanwhile.
        let _ = self.state.compare_exchange(WRITING, state, set, failed);
    }

    pub(super) fn close(&self) -> End {
        match self.state.swap(CLOSED, Ordering::AcqRel) {
            CLOSED => End::Noted,
            REPLACED => End::Replaced(Some(self.successor())),
            REPLACED_BY_UNNAMED => End::Replaced(None),
            _ => End::Plain,
        }
    }

    fn successor(&self) -> TokenId {
        let [low, high] = &self.successor;
        let half = |half: &AtomicU64| u128::from(half.load(Ordering::Relaxed));
        TokenId::from_bytes((half(low) | half(high) << 64).to_ne_bytes())
    }
}
