//! Compares one kind, or one declared scope, of two policies.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::compare::{self, Within};
use super::words::{self, Act};
use super::{Aspect, Fact, Verdict, pairs, position};
use crate::{KindRule, ScopeRule};

/// Adds the facts about a kind that at least one of the policies has. `None` stands for a policy without it.
pub(super) fn compare(old: Option<&KindRule>, new: Option<&KindRule>, facts: &mut Vec<Fact>) {
    let (bearing, kind, change) = match (old, new) {
        (Some(old), Some(new)) => return compare_both(old, new, facts),
        (None, Some(new)) => (Verdict::Wider, new, "is new"),
        (Some(old), None) => (Verdict::Narrower, old, "is gone"),
        (None, None) => return,
    };
    facts.push(Fact {
        bearing,
        subject: kind.name().to_owned(),
        aspect: Aspect::Kind,
        scope: None,
        position: position(new, KindRule::position),
        change: change.to_owned(),
        reason: words::reason(bearing, &Act::any(kind), &Act::any(kind)),
    });
}

fn compare_both(old: &KindRule, new: &KindRule, facts: &mut Vec<Fact>) {
    for (lost, gained) in pairs(old.closure(), new.closure(), String::as_str) {
        facts.extend(scope_fact(old, new, lost, gained));
    }
    for (aspect, within, value) in ROWS {
        let bearing = compare::compare(old, new, *within);
        let (was, is) = (value(old), value(new));
        if bearing != Verdict::Equal {
            let (refused, admitted) =
                (Act::beyond(*aspect, old, new), Act::beyond(*aspect, new, old));
            let reason = words::reason(bearing, &admitted, &refused);
            facts.push(fact(new, *aspect, bearing, &is, &was, reason));
        }
    }
    if old.owner() != new.owner() {
        let (was, is) = (words::optional(old.owner()), words::optional(new.owner()));
        let reason = "it changes nothing that a token may do".to_owned();
        facts.push(fact(new, Aspect::Owner, Verdict::Equal, &is, &was, reason));
    }
}

fn fact(
    new: &KindRule,
    aspect: Aspect,
    bearing: Verdict,
    is: &str,
    was: &str,
    reason: String,
) -> Fact {
    Fact {
        bearing,
        subject: new.name().to_owned(),
        aspect,
        scope: None,
        position: Some(new.position()),
        change: format!("`{}` is {is}, was {was}", aspect.as_str()),
        reason,
    }
}

fn scope_fact(
    old: &KindRule,
    new: &KindRule,
    lost: Option<&String>,
    gained: Option<&String>,
) -> Option<Fact> {
    let (bearing, scope, change) = match (lost, gained) {
        (None, Some(scope)) => (Verdict::Wider, scope, "new"),
        (Some(scope), None) => (Verdict::Narrower, scope, "gone"),
        _ => return None,
    };
    Some(Fact {
        bearing,
        subject: new.name().to_owned(),
        aspect: Aspect::Scope,
        scope: Some(scope.clone()),
        position: Some(new.position()),
        change: format!("scope `{scope}` is {change}"),
        reason: words::reason(bearing, &Act::with(new, scope), &Act::with(old, scope)),
    })
}

/// Adds the facts about a declared scope. They all have the verdict `equal`, because what the change means for a kind
/// is among the facts about that kind.
pub(super) fn compare_scope(
    old: Option<&ScopeRule>,
    new: Option<&ScopeRule>,
    facts: &mut Vec<Fact>,
) {
    let mut add = |aspect, name: &str, scope: Option<&String>, change: String| {
        facts.push(Fact {
            bearing: Verdict::Equal,
            subject: name.to_owned(),
            aspect,
            scope: scope.cloned(),
            position: position(new, ScopeRule::position),
            change,
            reason: "what it means for a kind is told there".to_owned(),
        });
    };
    match (old, new) {
        (None, Some(new)) => add(Aspect::Declared, new.name(), None, "is declared".to_owned()),
        (Some(old), None) => {
            add(Aspect::Declared, old.name(), None, "is no longer declared".to_owned());
        }
        _ => {}
    }
    let implies = |scope: Option<&ScopeRule>| scope.map(|scope| scope.implies().to_vec());
    let (was, is) = (implies(old).unwrap_or_default(), implies(new).unwrap_or_default());
    let name = new.or(old).map(ScopeRule::name).unwrap_or_default();
    for pair in pairs(&was, &is, String::as_str) {
        match pair {
            (None, Some(scope)) => {
                add(Aspect::Implies, name, Some(scope), format!("now implies `{scope}`"));
            }
            (Some(scope), None) => {
                add(Aspect::Implies, name, Some(scope), format!("no longer implies `{scope}`"));
            }
            _ => {}
        }
    }
}

/// A row of the table at [`diff`](super): what it is about, how two kinds are compared, and the function that writes
/// its value in words.
type Row = (Aspect, Within, fn(&KindRule) -> String);

const ROWS: &[Row] = &[
    (Aspect::MaxLifetime, compare::max_lifetime, |kind| format!("{}", kind.max_lifetime())),
    (Aspect::Leeway, compare::leeway, |kind| format!("{}", kind.leeway())),
    (Aspect::Audience, compare::audience, |kind| words::optional(kind.audience())),
    (Aspect::Uses, compare::uses, |kind| words::uses(kind.uses()).to_owned()),
    (Aspect::Source, compare::source, |kind| words::source(kind.source())),
    (Aspect::Rotate, compare::rotate, |kind| words::rotate(kind.rotate())),
    (Aspect::Format, compare::format, |kind| {
        words::optional(kind.format().map(|format| format.value().name()))
    }),
];
