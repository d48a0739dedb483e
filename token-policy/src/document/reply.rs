//! Reads the `reply` table of the steps: where the answer of `create` has the token.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::context::Context;
use super::entry::Entry;
use super::step;
use super::table::Table;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;
use crate::steps::{Placeholder, Reply, ReplyExpiry, ReplyHandle};

/// Reads where the parts of an answer stand. Reports each mistake, and returns `None` if there was one.
pub(super) fn read(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    kind: &Table<'_, '_>,
) -> Option<Reply> {
    let entries = entry.table(cx, HELP)?;
    let subject = format!("`reply` of {}", kind.subject());
    let table = &Table::open(cx, entries, entry.at(), subject, KEYS);
    let token = table.require(cx, "token", TOKEN_HELP).and_then(|entry| path(cx, &entry));
    let handle = table.get("handle").map(|entry| handle(cx, &entry));
    let expires = read_expiry(cx, table);
    if table.misspells("handle") {
        return None;
    }
    Some(Reply { token: token?, handle: handle.map_or(Some(None), |it| it.map(Some))?, expires })
}

/// Reads the handle: a path, or a text if there is a brace.
fn handle(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Option<ReplyHandle> {
    if !entry.text(cx, TEXT_HELP)?.contains(['{', '}']) {
        return path(cx, entry).map(ReplyHandle::Path);
    }
    let text = step::template(cx, entry, TEXT_HELP, &[])?;
    if !Placeholder::OF_ATTEMPT.iter().any(|placeholder| text.has(*placeholder)) {
        let message = format!("{} would be the same for two tokens", entry.what());
        cx.report(entry.at(), PolicyErrorKind::InvalidReply, message)
            .help("write `{attempt}` or `{idempotency_key}` into it");
        return None;
    }
    Some(ReplyHandle::Text(text))
}

fn read_expiry(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Option<ReplyExpiry> {
    let within = table.get("expires_in").map(|entry| path(cx, &entry));
    let at = table.get("expires_at").map(|entry| path(cx, &entry));
    match (within, at) {
        (Some(_), Some(_)) => {
            let message = format!("{} has both `expires_in` and `expires_at`", table.subject());
            cx.report(table.key_at("expires_at"), PolicyErrorKind::Contradiction, message)
                .help("keep the one that the answer has: seconds from now, or a time");
            None
        }
        (Some(path), None) => path.map(ReplyExpiry::In),
        (None, Some(path)) => path.map(ReplyExpiry::At),
        (None, None) => None,
    }
}

/// Reads keys that are joined by dots.
fn path(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    let text = entry.filled_text(cx, PATH_HELP)?;
    if text.split('.').any(str::is_empty) {
        let message = format!("{} is {}, which has an empty key", entry.what(), Quoted(text));
        cx.report(entry.at(), PolicyErrorKind::InvalidReply, message).help(PATH_HELP);
        return None;
    }
    Some(text.to_owned())
}

const KEYS: &[&str] = &["token", "handle", "expires_in", "expires_at"];

const HELP: &str = "say where the answer of `create` has the token, such as `reply = { token = \"auth.client_token\" }`; \
                    if `create` prints the token alone, leave `reply` out";

const TOKEN_HELP: &str = "say where the answer has it, such as `token = \"auth.client_token\"`";

const PATH_HELP: &str =
    "write the keys that lead to it, joined by dots, such as \"auth.client_token\"";

const TEXT_HELP: &str =
    "write the keys that lead to it, such as \"auth.accessor\", or a text such as \"{attempt}\"";
