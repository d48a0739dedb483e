//! Writes what a registry knows of a token: facts, never a digest.

use std::fmt;

use serde_json::json;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use token_issue::{Row, State};
use token_policy::report;

/// Writes the facts of a token, for reading.
pub(super) fn text(row: &Row, now: UtcDateTime, out: &mut String) -> fmt::Result {
    let Row { token, kind, scopes, subject, audience, actor, reason, .. } = row;
    report::wrap("", 4, &format!("{token}: `{kind}`, {}", state(row, now)), out)?;
    let log = row.origin.as_ref().map(|origin| format!("{}, {}", origin.log, origin.index));
    let once = row.once.then(|| "once".to_owned());
    let facts = [
        ("minted", Some(moment(row.minted_at))),
        ("until", Some(moment(row.expires_at))),
        ("uses", once),
        ("subject", subject.clone()),
        ("scopes", Some(scopes.join(" "))),
        ("audience", audience.clone()),
        ("build", row.build.map(|build| build.to_string())),
        ("narrowed from", row.parent.map(|parent| parent.to_string())),
        ("actor", actor.clone()),
        ("reason", reason.clone()),
        ("last used", row.last_used.map(moment)),
        ("log", log),
    ];
    for (name, value) in facts {
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        let head = format!("    {name}: ");
        report::wrap(&head, head.len(), &value, out)?;
    }
    Ok(())
}

/// Writes the facts of a token, as an object in one line.
pub(super) fn json(row: &Row, now: UtcDateTime) -> String {
    let log =
        row.origin.as_ref().map(|origin| json!({ "index": origin.index, "name": origin.log }));
    let object = json!({
        "actor": row.actor,
        "audience": row.audience,
        "build": row.build.map(|build| build.to_string()),
        "depth": row.depth,
        "expires_at": moment(row.expires_at),
        "id": row.token.to_string(),
        "kind": row.kind,
        "last_used": row.last_used.map(moment),
        "log": log,
        "minted_at": moment(row.minted_at),
        "once": row.once,
        "parent": row.parent.map(|parent| parent.to_string()),
        "reason": row.reason,
        "revocation": revocation(row),
        "scopes": row.scopes,
        "state": word(row, now),
        "subject": row.subject,
    });
    report::plain(&object.to_string()) + "\n"
}

/// Whether the token is alive, in one word.
pub(super) fn word(row: &Row, now: UtcDateTime) -> &'static str {
    match row.state {
        State::Revoked { .. } => "revoked",
        State::Spent => "used",
        State::Live if row.expires_at <= now => "expired",
        _ => "live",
    }
}

fn revocation(row: &Row) -> Option<u64> {
    let State::Revoked { n, .. } = row.state else { return None };
    Some(n)
}

fn state(row: &Row, now: UtcDateTime) -> String {
    match revocation(row) {
        Some(n) => format!("revoked by revocation {n}"),
        None => word(row, now).to_owned(),
    }
}

pub(super) fn moment(time: UtcDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
