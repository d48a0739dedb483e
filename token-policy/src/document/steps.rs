//! Reads the `rotate.steps` table of a token kind: the commands by which its tokens are replaced in CI.

use alloc::format;

use super::context::Context;
use super::entry::Entry;
use super::table::Table;
use super::{reply, step};
use crate::limits::{
    DEFAULT_SETTLE, DEFAULT_STEP_TIMEOUT, LIVE_AT_ONCE, MAX_SETTLE, MAX_STEP_TIMEOUT,
};
use crate::steps::{Placeholder, Reply, Step, Steps};
use crate::{Lifetime, PolicyErrorKind};

/// Reads the steps. Reports a mistake; returns `None` if a step could not be read.
pub(super) fn read(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    kind: &Table<'_, '_>,
) -> Option<Steps> {
    let entries = entry.table(cx, HELP)?;
    let subject = format!("`steps` of {}", kind.subject());
    let table = &Table::open(cx, entries, entry.at(), subject, KEYS);
    let idempotent = table.get("idempotent").map(|entry| entry.boolean(cx));
    let claim = table.get("claim").map(|entry| step::read(cx, &entry, CLAIM));
    let create = required(cx, table, "create", "say how a token is made");
    let reply = table.get("reply").map(|entry| reply::read(cx, &entry, kind));
    let set = required(cx, table, "set", "say how the new token, on standard input, is stored");
    let test = required(cx, table, "test", "say how to see that the consumer works with it");
    let find = read_find(cx, table, idempotent);
    let retire = read_retire(cx, table);
    // What has a mistake may have been meant to tell the handle.
    let may_tell =
        matches!(reply, Some(None)) || table.misspells("reply") || table.misspells("find");
    let steps = Steps {
        limit: table.get("limit").and_then(|entry| entry.integer_within(cx, LIVE_AT_ONCE)),
        settle: read_settle(cx, table),
        timeout: read_timeout(cx, table),
        idempotent: idempotent.flatten().unwrap_or(false),
        // One that could not be read was reported, so there will be no policy.
        claim: claim.flatten(),
        reply: reply.flatten(),
        create: create?,
        set: set?,
        test: test?,
        find: find?,
        retire: retire?,
    };
    check_idempotent(cx, table, &steps);
    if !may_tell {
        check_handle(cx, table, &steps);
    }
    Some(steps)
}

fn required(
    cx: &mut Context<'_>,
    table: &Table<'_, '_>,
    key: &'static str,
    help: &str,
) -> Option<Step> {
    let entry = table.require(cx, key, help)?;
    step::read(cx, &entry, &[])
}

/// Reads `find`, which may be left out if `create` is idempotent. `idempotent` is the value of that key, if the steps
/// have it; it is `Some(None)` if it could not be read.
fn read_find(
    cx: &mut Context<'_>,
    table: &Table<'_, '_>,
    idempotent: Option<Option<bool>>,
) -> Option<Option<Step>> {
    let entry = match idempotent {
        None | Some(Some(false)) => Some(table.require(cx, "find", FIND_HELP)?),
        Some(Some(true) | None) => table.get("find"),
    };
    match entry {
        Some(entry) => step::read(cx, &entry, &[]).map(Some),
        None => Some(None),
    }
}

fn read_retire(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Option<Step> {
    let entry = table.require(cx, "retire", RETIRE_HELP)?;
    let retire = step::read(cx, &entry, &[Placeholder::Handle])?;
    if !retire.has(Placeholder::Handle) {
        let message = format!("{} has no `{{handle}}`", entry.what());
        cx.report(entry.at(), PolicyErrorKind::InvalidPlaceholder, message).help(RETIRE_HELP);
    }
    Some(retire)
}

fn read_settle(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Lifetime {
    let Some(entry) = table.get("settle") else { return DEFAULT_SETTLE };
    let settle = entry.lifetime(cx).and_then(|time| entry.check_at_most(cx, time, MAX_SETTLE));
    settle.unwrap_or(DEFAULT_SETTLE)
}

fn read_timeout(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Lifetime {
    let timeout = table.get("timeout").map(|entry| entry.lifetime_up_to(cx, MAX_STEP_TIMEOUT));
    timeout.flatten().unwrap_or(DEFAULT_STEP_TIMEOUT)
}

/// Reports a `create` that is called idempotent, and from which the issuer cannot know an attempt again.
fn check_idempotent(cx: &mut Context<'_>, table: &Table<'_, '_>, steps: &Steps) {
    if steps.idempotent && !steps.create.names_attempt() {
        let message = format!(
            "{} says `idempotent = true`, but its `create` has neither `{{attempt}}` nor `{{idempotency_key}}`",
            table.subject()
        );
        cx.report(table.key_at("idempotent"), PolicyErrorKind::Contradiction, message).help(
            "pass one of them, so that the issuer knows the attempt again; or write `find` instead",
        );
    }
}

/// Reports steps of which none can tell `retire` what to end.
fn check_handle(cx: &mut Context<'_>, table: &Table<'_, '_>, steps: &Steps) {
    let is_known = steps.reply.as_ref().and_then(Reply::handle).is_some();
    if steps.find.is_none() && !is_known {
        let message = format!(
            "{} has neither `find` nor a `handle` in `reply`, so `retire` never knows what to end",
            table.subject()
        );
        cx.report(table.key_at("retire"), PolicyErrorKind::Contradiction, message)
            .help("write `handle` in `reply`, such as `handle = \"{attempt}\"`; or write `find`");
    }
}

/// Reports the steps of a kind that has no slot with lines in a lock: an attempt gets its name from them. `at` is the byte
/// offset of the key `steps`.
pub(super) fn check_slot(cx: &mut Context<'_>, kind: &Table<'_, '_>, at: usize, missing: Missing) {
    let (problem, help) = match missing {
        Missing::Environment => (
            "is used in no environment, so no lock has a slot for it",
            "declare where it is used, such as `[environments.production]`",
        ),
        Missing::Lines => match kind.get("ephemeral") {
            Some(_) => (
                "is ephemeral, so no lock has a line for its tokens",
                "remove `ephemeral = true`, or the steps",
            ),
            None => (
                "lives at most 1h and is ephemeral, so no lock has a line for its tokens",
                "remove the steps, since such a token is fetched when it is needed; or write `ephemeral = false`",
            ),
        },
    };
    let message = format!("{} has `steps`, but {problem}", kind.subject());
    cx.report(at, PolicyErrorKind::Contradiction, message).help(help);
}

/// What a kind with steps lacks in a lock.
#[derive(Clone, Copy)]
pub(super) enum Missing {
    /// The policy declares no environment.
    Environment,
    /// Its tokens are ephemeral.
    Lines,
}

const CLAIM: &[Placeholder] = &[Placeholder::Holder, Placeholder::Seconds];

const KEYS: &[&str] = &[
    "claim",
    "create",
    "reply",
    "set",
    "test",
    "find",
    "retire",
    "limit",
    "settle",
    "timeout",
    "idempotent",
];

const HELP: &str = "write the steps under `[tokens.NAME.rotate.steps]`";

const FIND_HELP: &str = "say how the live tokens are listed, such as `find = [\"./ci/find\", \"{slot}\"]`; or write \
                         `idempotent = true` if `create` makes no second token for the same attempt";

const RETIRE_HELP: &str = "say how a token is ended, such as `retire = [\"bao\", \"token\", \"revoke\", \"-accessor\", \"{handle}\"]`";
