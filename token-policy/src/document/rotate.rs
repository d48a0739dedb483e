//! Reads the `rotate` table of a token kind.

use alloc::format;

use super::context::Context;
use super::entry::Entry;
use super::kind::End;
use super::steps;
use super::table::Table;
use crate::limits::MAX_LIFETIME;
use crate::steps::Steps;
use crate::{Lifetime, PolicyErrorKind, Rotate};

/// What the table says.
#[derive(Default)]
pub(super) struct Rotation {
    /// When a token is replaced; `None` if the kind doesn't say, or has a mistake there.
    pub(super) times: Option<Rotate>,
    /// By which steps it is replaced; `None` if the kind doesn't say, or has a mistake there.
    pub(super) steps: Option<Steps>,
    /// The byte offset of the key `steps`, also of steps with a mistake.
    pub(super) steps_at: Option<usize>,
}

/// Reads when and how a token is replaced. Reports each mistake.
///
/// Tokens that expire are replaced before their expiry, and need not be; those that never expire are replaced by their
/// age, and must be.
pub(super) fn read(cx: &mut Context<'_>, kind: &Table<'_, '_>, end: End) -> Rotation {
    let entry = match end {
        End::Never => kind.require(cx, "rotate", AGE_HELP),
        End::Unknown | End::Within(_) => kind.get("rotate"),
    };
    let table = entry.and_then(|entry| open(cx, &entry, end));
    let Some(table) = table else { return Rotation::default() };
    let steps = table.get("steps");
    Rotation {
        times: read_times(cx, &table, end),
        steps_at: steps.is_some().then(|| table.key_at("steps")),
        steps: steps.and_then(|entry| steps::read(cx, &entry, kind)),
    }
}

fn open<'d, 't>(cx: &mut Context<'_>, entry: &Entry<'d, 't>, end: End) -> Option<Table<'d, 't>> {
    let example = match end {
        End::Never => "write `{ after = \"90d\" }`",
        End::Unknown | End::Within(_) => "write `{ before_expiry = \"10m\", overlap = \"2m\" }`",
    };
    let entries = entry.table(cx, example)?;
    Some(Table::open(cx, entries, entry.at(), entry.what(), KEYS))
}

fn read_times(cx: &mut Context<'_>, table: &Table<'_, '_>, end: End) -> Option<Rotate> {
    match end {
        End::Never => by_age(cx, table),
        End::Within(longest) => before_expiry(cx, table, Some(longest)),
        // Which way is right is not known, so neither is called wrong.
        End::Unknown if table.get("after").is_some() => by_age(cx, table),
        End::Unknown => before_expiry(cx, table, None),
    }
}

/// Both times must be shorter than the kind's `max_lifetime`, unless that is `None` because it could not be read.
fn before_expiry(
    cx: &mut Context<'_>,
    table: &Table<'_, '_>,
    longest: Option<Lifetime>,
) -> Option<Rotate> {
    if let Some(entry) = table.get("after") {
        let help = "its tokens expire: say `before_expiry`, or `expiry = \"none\"` instead of `max_lifetime`";
        refuse(cx, &entry, "is only for a kind with `expiry = \"none\"`", help);
        return None;
    }
    let time =
        table.require(cx, "before_expiry", "say how long before its expiry a token is replaced");
    let time = time.and_then(|entry| {
        let time = entry.lifetime_up_to(cx, MAX_LIFETIME)?;
        check_below(cx, &entry, time, longest, "max_lifetime")
    });
    let overlap =
        table.require(cx, "overlap", "say how long the old token stays valid beside the new one");
    let overlap = overlap.and_then(|entry| read_overlap(cx, &entry, longest, "max_lifetime"));
    Some(Rotate::BeforeExpiry { before_expiry: time?, overlap: overlap? })
}

fn by_age(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Option<Rotate> {
    if let Some(entry) = table.get("before_expiry") {
        refuse(cx, &entry, "has no meaning for tokens that never expire", AGE_HELP);
        return None;
    }
    let after = table.require(cx, "after", AGE_HELP);
    let after = after.and_then(|entry| entry.lifetime_up_to(cx, MAX_LIFETIME));
    let overlap = match table.get("overlap") {
        Some(entry) => read_overlap(cx, &entry, after, "after"),
        None => Some(Lifetime::ZERO),
    };
    Some(Rotate::ByAge { after: after?, overlap: overlap? })
}

fn read_overlap(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    longest: Option<Lifetime>,
    key: &str,
) -> Option<Lifetime> {
    let time = entry.lifetime(cx)?;
    check_below(cx, entry, time, longest, key)
}

/// Checks that a time is shorter than the value of `key`.
fn check_below(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    time: Lifetime,
    longest: Option<Lifetime>,
    key: &str,
) -> Option<Lifetime> {
    let Some(longest) = longest.filter(|longest| time >= *longest) else { return Some(time) };
    let message = match key {
        "after" => format!("{} is {time}, but the token is replaced after {longest}", entry.what()),
        _ => format!("{} is {time}, but the token lives at most {longest}", entry.what()),
    };
    cx.report(entry.at(), PolicyErrorKind::OutOfRange, message)
        .help(format!("write less than `{key}`"));
    None
}

fn refuse(cx: &mut Context<'_>, entry: &Entry<'_, '_>, problem: &str, help: &str) {
    let message = format!("{} {problem}", entry.what());
    cx.report(entry.at(), PolicyErrorKind::Contradiction, message).help(help);
}

const KEYS: &[&str] = &["before_expiry", "overlap", "after", "steps"];

const AGE_HELP: &str = "its tokens never expire: say at which age they are replaced, such as `rotate = { after = \"90d\" }`";
