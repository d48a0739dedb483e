//! Compares the lock with the audit log.

use std::collections::BTreeMap;

use token_audit::{Action, OpenToken};

use super::{Comparison, Told};
use crate::commands::explain::topics::OTHER_FACTS;
use crate::commands::lock::live::{Id, digits};
use crate::commands::lock::log::{Heard, of};
use crate::failure::Failure;
use crate::output::{Output, number};

pub(super) fn compare(
    heard: &Heard,
    against: &mut Comparison<'_>,
    output: &Output,
) -> Result<(), Failure> {
    let mut unnamed = 0;
    // A token may be open several times: each process that holds it opens it.
    let mut open: BTreeMap<Id, Vec<&OpenToken>> = BTreeMap::new();
    for token in heard.open() {
        match of(token) {
            Some(id) => open.entry(id).or_default().push(token),
            None if against.kinds.listed(&token.event.kind).is_some() => unnamed += 1,
            None => {}
        }
    }
    for (id, openings) in &open {
        if heard.has_ended(id) {
            continue;
        }
        for token in distinct(openings) {
            let event = &token.event;
            let scopes = event.scopes.iter().map(ToString::to_string).collect();
            let (kind, expires) = (&*event.kind, event.expires_at);
            let by = &format!("record {} of the log", token.opened);
            against.live(&Told { id: *id, kind, by, expires, scopes });
        }
    }
    if unnamed > 0 {
        let tokens = number(unnamed, "token");
        output.note(&format!(
            "note: {tokens} in the log left out: each could be guessed, and has no id"
        ));
    }
    for (id, (slot, _, token)) in against.locked.tokens.clone() {
        if heard.has_ended(&id) {
            against.not_live(&id, "the log says that it has ended");
        }
        let Some(index) = token.log else { continue };
        let record = heard.record(index)?;
        let is_it = record.is_some_and(|record| {
            record.event.action.is_opening()
                && record.event.token.is_some_and(|found| *found.as_bytes() == id)
                && record.event.kind == slot.kind()
        });
        if !is_it {
            let text = format!(
                "its token {} was not made by record {index} of the log, which is about something else or not there",
                digits(&id)
            );
            against.add(OTHER_FACTS, Some(slot), text);
        }
    }
    Ok(())
}

/// Returns the openings that say different things: a token that many processes hold is told once.
fn distinct<'t>(openings: &[&'t OpenToken]) -> Vec<&'t OpenToken> {
    let mut told: Vec<&OpenToken> = Vec::new();
    let says = |token: &OpenToken| {
        let event = &token.event;
        (
            event.kind.clone(),
            event.scopes.clone(),
            event.action == Action::Created,
            event.expires_at,
        )
    };
    for token in openings {
        if !told.iter().any(|known| says(known) == says(token)) {
            told.push(token);
        }
    }
    // A creation knows more than an admission that agrees with it.
    if told.iter().any(|token| token.event.action == Action::Created) {
        let created = told.iter().find(|token| token.event.action == Action::Created).copied();
        told.retain(|token| {
            token.event.action == Action::Created
                || created.is_none_or(|made| made.event.kind != token.event.kind)
        });
    }
    told
}
