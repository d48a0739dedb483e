//! A token that nobody has and nobody will have, of which there is a record, or a row, or both.

use std::time::{Duration, Instant};

use token_core::{TokenId, UtcDateTime};

use crate::row::Row;

/// What the issuer's thread has to end.
#[derive(Clone, Debug)]
pub(super) struct Loose {
    pub(super) token: TokenId,
    pub(super) kind: String,
    /// The record that opened it, if that is known.
    pub(super) opened: Option<u64>,
    pub(super) row: InRegistry,
    pub(super) why: &'static str,
    /// When it expires: then it has ended by itself.
    pub(super) until: UtcDateTime,
    /// Whether its end is on record already, and only a row that comes late is looked for.
    pub(super) is_closed: bool,
    tries: u32,
    absences: u32,
    next: Option<Instant>,
}

/// Whether the registry has its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InRegistry {
    No,
    Perhaps,
    Yes,
}

impl Loose {
    /// It may be on record.
    pub(super) fn unrecorded(row: &Row) -> Self {
        Self::new(row, InRegistry::No, "it could not be put on record in time")
    }

    /// It is on record, and has no row.
    pub(super) fn recorded(row: &Row) -> Self {
        Self::new(row, InRegistry::No, "the registry did not take it")
    }

    /// It is on record, and may have a row.
    pub(super) fn perhaps_inserted(row: &Row) -> Self {
        Self::new(row, InRegistry::Perhaps, "the registry did not say whether it took it")
    }

    /// It has a row, and was dropped before it was handed over.
    pub(super) fn unreleased(row: &Row) -> Self {
        Self::new(row, InRegistry::Yes, "it was dropped before it was handed over")
    }

    fn new(row: &Row, in_registry: InRegistry, why: &'static str) -> Self {
        Self {
            token: row.token,
            kind: row.kind.clone(),
            opened: row.origin.as_ref().map(|origin| origin.index),
            row: in_registry,
            why,
            until: row.expires_at,
            is_closed: false,
            tries: 0,
            absences: 0,
            next: None,
        }
    }

    /// Whether it is time for the next try.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// After 50 ms, 200 ms, 800 ms, and so on, up to a minute.
    pub(super) fn try_later(&mut self, now: Instant) {
        let pause = FIRST_PAUSE.saturating_mul(4_u32.saturating_pow(self.tries)).min(LONGEST_PAUSE);
        self.tries = self.tries.saturating_add(1);
        self.next = Some(now + pause);
    }

    /// The registry has said that there is no row.
    pub(super) fn is_absent(&mut self) {
        self.absences = self.absences.saturating_add(1);
    }

    /// Whether a row that was on its way would have arrived: the registry has said often enough that there is none.
    pub(super) fn is_settled(&self) -> bool {
        self.absences >= SETTLED_AFTER
    }

    /// When it is to be tried next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The last of these answers comes a second after the first.
const SETTLED_AFTER: u32 = 4;
