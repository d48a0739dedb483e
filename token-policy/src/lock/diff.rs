//! Compares two locks: which tokens become live, and which end?

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::time::Shown;
use super::{Entry, Lock, LockedToken, Slot, SlotName};
use crate::report::{Finding, Place};
use crate::{Level, Position};

/// Compares a lock with the one that it replaces. Returns what changes, slot by slot.
pub fn diff(old: &Lock, new: &Lock) -> Vec<Change> {
    let names: BTreeSet<&SlotName> = old.slots.keys().chain(new.slots.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let empty = Slot::default();
        let (was, is) = (old.slots.get(name), new.slots.get(name));
        let position = is.and_then(Slot::position);
        let mut add = |effect, token: Option<&LockedToken>, text: String| {
            let (slot, token) = (name.clone(), token.cloned());
            changes.push(Change { slot, effect, token, text, position });
        };
        compare(was.unwrap_or(&empty), is.unwrap_or(&empty), &mut add);
    }
    changes
}

fn compare(old: &Slot, new: &Slot, add: &mut impl FnMut(Effect, Option<&LockedToken>, String)) {
    let (was, is) = (tokens(old), tokens(new));
    for (id, (token, role)) in &is {
        let known = was.get(id);
        let text = || format!("token {}, {token}", token.short_id());
        match (known.map(|(_, role)| *role), *role) {
            (None, Role::Current) => add(Effect::Live, Some(token), text()),
            (None, Role::Previous) => {
                add(Effect::Live, Some(token), format!("{}, and already replaced", text()));
            }
            (Some(Role::Current), Role::Previous) => {
                let until = token.retire_after.map(|time| format!(" until {}", Shown(time)));
                add(
                    Effect::Replaced,
                    Some(token),
                    format!("token {}{}", token.short_id(), until.unwrap_or_default()),
                );
            }
            (Some(Role::Previous), Role::Current) => {
                add(Effect::Live, Some(token), format!("{}, once more", text()));
            }
            (Some(_), _) => {}
        }
        if let Some((known, was)) = known {
            facts(known, token, add);
            // When a token is first replaced, its end is told with that.
            if (*was, *role) == (Role::Previous, Role::Previous) {
                tell(token, "retire_after", &end(known), &end(token), add);
            }
        }
    }
    for (token, _) in was.iter().filter(|(id, _)| !is.contains_key(*id)).map(|(_, token)| token) {
        add(Effect::Ended, Some(token), format!("token {}", token.short_id()));
    }
    // What the lines bind to, whichever tokens they name.
    match (&old.current, &new.current) {
        (Some(old), Some(new)) => bindings(old, new, add),
        (None, Some(new)) if new.token.is_none() => {
            add(Effect::Live, None, "tokens without lines".to_string());
        }
        (Some(old), None) if old.token.is_none() => {
            add(Effect::Ended, None, "tokens without lines".to_string());
        }
        (None, Some(_)) | (Some(_), None) | (None, None) => {}
    }
}

/// Tells which facts of a token are other ones.
fn facts(
    old: &LockedToken,
    new: &LockedToken,
    add: &mut impl FnMut(Effect, Option<&LockedToken>, String),
) {
    let expires = |token: &LockedToken| {
        token.expires.map_or_else(|| "never".to_owned(), |time| Shown(time).to_string())
    };
    let log = |token: &LockedToken| stated(token.log.map(|index| index.to_string()));
    let handle = |token: &LockedToken| stated(token.handle.as_ref().map(ToString::to_string));
    tell(new, "generation", &old.generation.to_string(), &new.generation.to_string(), add);
    tell(new, "expires", &expires(old), &expires(new), add);
    tell(new, "log", &log(old), &log(new), add);
    tell(new, "handle", &handle(old), &handle(new), add);
}

fn end(token: &LockedToken) -> String {
    stated(token.retire_after.map(|time| Shown(time).to_string()))
}

fn stated(value: Option<String>) -> String {
    value.unwrap_or_else(|| "not stated".to_owned())
}

/// Tells that a fact of a token is another one.
fn tell(
    token: &LockedToken,
    fact: &str,
    was: &str,
    is: &str,
    add: &mut impl FnMut(Effect, Option<&LockedToken>, String),
) {
    if was != is {
        let text = format!("token {}: `{fact}` is {is}, was {was}", token.short_id());
        add(Effect::Bound, Some(token), text);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Current,
    Previous,
}

fn tokens(slot: &Slot) -> BTreeMap<[u8; 16], (&LockedToken, Role)> {
    let lines = [(&slot.previous, Role::Previous), (&slot.current, Role::Current)];
    let tokens =
        lines.into_iter().filter_map(|(entry, role)| Some((entry.as_ref()?.token.as_ref()?, role)));
    tokens.map(|(token, role)| (token.id, (token, role))).collect()
}

fn bindings(old: &Entry, new: &Entry, add: &mut impl FnMut(Effect, Option<&LockedToken>, String)) {
    let mut tell = |fact: &str, was: Option<String>, is: Option<String>| {
        if was != is {
            let [is, was] = [is, was].map(stated);
            add(Effect::Bound, None, format!("`{fact}` is {is}, was {was}"));
        }
    };
    tell("scopes", Some(old.scopes.to_string()), Some(new.scopes.to_string()));
    tell("policy", Some(old.policy.to_string()), Some(new.policy.to_string()));
    let text = |value: Option<&dyn fmt::Display>| value.map(ToString::to_string);
    let source = |entry: &Entry| text(entry.source.as_ref().map(|source| source as _));
    tell("source", source(old), source(new));
    let image = |entry: &Entry| text(entry.image.as_ref().map(|image| &image.digest as _));
    tell("image", image(old), image(new));
    let assurance = |entry: &Entry| text(entry.image.as_ref().map(|image| &image.assurance as _));
    tell("assurance", assurance(old), assurance(new));
}

/// One change of a lock.
///
/// `Display` writes it on one line: ``effect: slot `kind.environment`: what``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    slot: SlotName,
    effect: Effect,
    token: Option<LockedToken>,
    text: String,
    position: Option<Position>,
}

impl Change {
    /// Returns the slot that changes.
    pub fn slot(&self) -> &SlotName {
        &self.slot
    }

    /// Returns what the change does.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns the token that it happens to, with its facts in the lock that has it; `None` if it is what the slot's line is
    /// bound to that changes.
    pub fn token(&self) -> Option<&LockedToken> {
        self.token.as_ref()
    }

    /// Returns what changes, in words: `Display` without the effect and the slot.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the change as a finding of level [`Allow`](Level::Allow), with the code `lock-live`, `lock-ended`,
    /// `lock-replaced` or `lock-bound`. `file` is the new lock's file name.
    pub fn finding(&self, file: &str) -> Finding {
        let code = match self.effect {
            Effect::Live => "lock-live",
            Effect::Replaced => "lock-replaced",
            Effect::Ended => "lock-ended",
            Effect::Bound => "lock-bound",
        };
        let finding =
            Finding::new(code, Level::Allow, format!("slot `{}`: {}", self.slot, self.text))
                .fact("kind", self.slot.kind())
                .fact("environment", self.slot.environment());
        match self.position {
            Some(at) => finding.at(Place::new(file, at.line, at.column)),
            None => finding,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: slot `{}`: {}", self.effect.as_str(), self.slot, self.text)
    }
}

/// What a change of a lock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// A token becomes live.
    Live,
    /// A token is replaced, and may be in use until it is ended.
    Replaced,
    /// A token is no longer live.
    Ended,
    /// A token, or a slot, is bound to something else.
    Bound,
}

impl Effect {
    /// Returns the word for the effect: `live`, `replaced`, `ended` or `bound`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Live => "live",
            Effect::Replaced => "replaced",
            Effect::Ended => "ended",
            Effect::Bound => "bound",
        }
    }
}
