//! What a row permits today.

use std::{sync::Arc, time::Duration};

use token_core::{AnyScopeSet, UtcDateTime, caller::Refused};

use super::{
    cache::{Beyond, Bound, Entry, NO_PARENT, Text},
    clocks::{Clocks, eighths, seconds},
    kinds::Kinds,
};
use crate::{
    lease::Moment,
    row::{Row, State},
};

/// A row that permits something, in the form in which memory has it.
pub(super) struct Permit {
    pub(super) entry: Entry,
    pub(super) beyond: Beyond,
}

impl Permit {
    /// Decides what a row permits under the rules of today, to whatever build: [`vouch`](super::Shared::vouch) looks at that. A token may do what its scopes were when it was minted *and* its kind still
    /// carries, and it expires when its row says, or when the kind's maximum of today is over, whichever is first.
    pub(super) fn of(
        row: &Row,
        kinds: &Kinds,
        audience: Option<&str>,
        clocks: &Clocks,
    ) -> Result<Self, Refused> {
        match row.state {
            State::Live => {}
            State::Revoked { .. } => return Err(Refused::Revoked),
            State::Spent => return Err(Refused::Spent),
        }
        // A kind that the policy no longer has permits nothing.
        let (index, kind) = kinds.named(&row.kind).ok_or(Refused::Unknown)?;
        let expires_at = expires_at(row, kind.max_lifetime);
        let now = clocks.now();
        let wall = u64::try_from(expires_at.unix_timestamp()).unwrap_or(0);
        // A wall clock that was set back must not make what is left more than there ever was.
        let whole = Duration::try_from(expires_at - row.minted_at).unwrap_or_default();
        let left = Duration::from_secs(wall).saturating_sub(now.wall).min(whole);
        if left.is_zero() {
            return Err(Refused::Expired);
        }
        if row.audience.as_deref().is_some_and(|meant| Some(meant) != audience) {
            return Err(Refused::WrongAudience);
        }
        let scopes = AnyScopeSet::still_carried(kind, row.scopes.iter().map(String::as_str));
        let subject = Text::new(row.subject.as_deref());
        let long = if subject.is_none() { row.subject.as_deref().map(Arc::from) } else { None };
        let beyond = Beyond { subject: long, build: row.build.map(Arc::new) };
        let entry = Entry {
            scopes: scopes.to_words().map(u64::to_ne_bytes),
            token: row.token,
            parent: row.parent.map_or(NO_PARENT, |parent| *parent.as_bytes()),
            subject: subject.unwrap_or(Text::NONE),
            bound: Bound::new(row.audience.is_some(), row.build.is_some()),
            kind: index,
            wall: u32::try_from(wall).unwrap_or(u32::MAX),
            monotonic: eighths(now.monotonic.saturating_add(left)),
        };
        Ok(Self { entry, beyond })
    }
}

impl Entry {
    /// Whether the token has expired, by either clock.
    #[inline]
    pub(super) fn is_expired(&self, now: Moment) -> bool {
        seconds(now.wall) >= self.wall || eighths(now.monotonic) >= self.monotonic
    }
}

fn expires_at(row: &Row, max_lifetime: Option<Duration>) -> UtcDateTime {
    let longest = max_lifetime.and_then(|max| row.minted_at.checked_add(max.try_into().ok()?));
    longest.map_or(row.expires_at, |longest| longest.min(row.expires_at))
}
