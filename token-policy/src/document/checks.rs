//! Reads the `[checks]` table.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::context::Context;
use super::entry::Entry;
use super::table::Table;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;
use crate::limits::{MAX_EXCEPTIONS, MAX_LIFETIME};
use crate::mark::{CheckRules, Exception, LevelRule};

/// Reads the levels, the longest allowed lifetime and the exceptions. A value with a mistake is reported and left out.
///
/// A level for an unknown code is no mistake, since a service may read a policy that was written for a newer tool. The
/// check `unmatched-check` reports it.
pub(super) fn read(cx: &mut Context<'_>, root: &Table<'_, '_>) -> CheckRules {
    let mut rules = CheckRules::default();
    let Some(entries) = root.get("checks").and_then(|entry| entry.table(cx, HELP)) else {
        return rules;
    };
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        let entry = Entry::new(value, format!("{} of the checks", Quoted(name)));
        match name {
            "max_lifetime" => rules.ceiling = entry.lifetime_up_to(cx, MAX_LIFETIME),
            "exceptions" => rules.exceptions = read_exceptions(cx, &entry),
            _ => {
                let level = entry.level(cx);
                rules.levels.extend(level.map(|level| LevelRule {
                    code: name.to_owned(),
                    mark: cx.mark(key.span()),
                    level,
                }));
            }
        }
    }
    rules
}

fn read_exceptions(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Vec<Exception> {
    let items = entry.items(cx, EXCEPTION_HELP).unwrap_or_default();
    if items.len() > MAX_EXCEPTIONS {
        let message = format!("{} has {} items", entry.what(), items.len());
        cx.report(entry.at(), PolicyErrorKind::TooMany, message)
            .help(format!("a policy has at most {MAX_EXCEPTIONS} exceptions"));
        return Vec::new();
    }
    items.iter().filter_map(|item| read_exception(cx, item)).collect()
}

fn read_exception(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Option<Exception> {
    let entries = entry.table(cx, EXCEPTION_HELP)?;
    let table = Table::open(cx, entries, entry.at(), "an exception", EXCEPTION_KEYS);
    let code = table.require(cx, "code", "name the check, such as `code = \"no-owner\"`");
    let reason = table.require(cx, "reason", "say why, for those who read it later");
    let reason = reason.and_then(|entry| entry.filled_text(cx, "say why the finding is accepted"));
    let (kind, scope) = (read_name(cx, &table, "kind"), read_name(cx, &table, "scope"));
    if table.get("kind").is_none() && table.get("scope").is_none() && !table.has_unknown() {
        let message = "an exception names neither a kind nor a scope";
        cx.report(table.at(), PolicyErrorKind::MissingKey, message).help(
            "name one, such as `kind = \"ci\"`; to turn a check off, write `no-owner = \"allow\"`",
        );
    }
    let mark = code.as_ref().map(|code| code.mark(cx))?;
    let code = code?.filled_text(cx, EXCEPTION_HELP)?.to_owned();
    reason.map(|_| Exception { mark, code, kind, scope })
}

fn read_name(cx: &mut Context<'_>, table: &Table<'_, '_>, key: &'static str) -> Option<String> {
    table.get(key)?.filled_text(cx, EXCEPTION_HELP).map(str::to_owned)
}

const EXCEPTION_KEYS: &[&str] = &["code", "kind", "scope", "reason"];

const HELP: &str = "write it as `[checks]`";

const EXCEPTION_HELP: &str =
    "write `{ code = \"no-owner\", kind = \"ci\", reason = \"...\" }` for each exception";
