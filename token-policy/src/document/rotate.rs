//! Reads the `rotate` table of a token kind.

use alloc::format;

use super::context::Context;
use super::entry::Entry;
use super::table::Table;
use crate::limits::MAX_LIFETIME;
use crate::{Lifetime, PolicyErrorKind, Rotate};

/// Reads when a token is replaced. Reports a mistake and returns `None`. Both times must be shorter than the kind's
/// `max_lifetime`, unless that is `None` because it could not be read.
pub(super) fn read(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    max_lifetime: Option<Lifetime>,
) -> Option<Rotate> {
    let entries = entry.table(cx, "write `{ before_expiry = \"10m\", overlap = \"2m\" }`")?;
    let table = Table::open(cx, entries, entry.at(), entry.what(), &["before_expiry", "overlap"]);
    let before_expiry =
        table.require(cx, "before_expiry", "say how long before its expiry a token is replaced");
    let before_expiry = before_expiry.and_then(|entry| {
        let time = entry.lifetime_up_to(cx, MAX_LIFETIME)?;
        check_below(cx, &entry, time, max_lifetime)
    });
    let overlap =
        table.require(cx, "overlap", "say how long the old token stays valid beside the new one");
    let overlap = overlap.and_then(|entry| {
        let time = entry.lifetime(cx)?;
        check_below(cx, &entry, time, max_lifetime)
    });
    Some(Rotate::new(before_expiry?, overlap?))
}

fn check_below(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    time: Lifetime,
    max: Option<Lifetime>,
) -> Option<Lifetime> {
    let Some(max) = max.filter(|max| time >= *max) else { return Some(time) };
    let message = format!("{} is {time}, but the token lives at most {max}", entry.what());
    cx.report(entry.at(), PolicyErrorKind::OutOfRange, message)
        .help("write less than `max_lifetime`");
    None
}
