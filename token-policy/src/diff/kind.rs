//! Compares one kind of two policies.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::compare::{self, Within};
use super::words::{self, Act};
use super::{Aspect, Fact, Verdict, pairs, position, scope, steps};
use crate::{KindRule, Policy};

/// Adds the facts about a kind that at least one of the policies has. `None` stands for a policy without it.
pub(super) fn compare(
    policies: (&Policy, &Policy),
    old: Option<&KindRule>,
    new: Option<&KindRule>,
    facts: &mut Vec<Fact>,
) {
    let (bearing, kind, change) = match (old, new) {
        (Some(old), Some(new)) => return compare_both(policies, old, new, facts),
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

fn compare_both(
    policies: (&Policy, &Policy),
    old: &KindRule,
    new: &KindRule,
    facts: &mut Vec<Fact>,
) {
    for pair in pairs(old.closure(), new.closure(), String::as_str) {
        match pair {
            (Some(_), Some(scope)) => facts.extend(kept_scope(policies, old, new, scope)),
            (lost, gained) => facts.extend(scope_fact(old, new, lost, gained)),
        }
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
    facts.extend(steps::changes(old, new));
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

/// Returns the facts about a scope that the kind carries in both policies: its other name and its other type.
fn kept_scope(
    (old_policy, new_policy): (&Policy, &Policy),
    old: &KindRule,
    new: &KindRule,
    scope: &str,
) -> Vec<Fact> {
    let (Some(was), Some(is)) = (old_policy.scope(scope), new_policy.scope(scope)) else {
        return Vec::new();
    };
    let changes = scope::changes(was, is).into_iter();
    let fact = |change: scope::Change| Fact {
        bearing: change.bearing,
        subject: new.name().to_owned(),
        aspect: Aspect::Scope,
        scope: Some(scope.to_owned()),
        position: Some(new.position()),
        change: format!("scope `{scope}`: {}", change.words),
        reason: words::reason(
            change.bearing,
            &Act::with(new, scope).more(change.admitted),
            &Act::with(old, scope).more(change.refused),
        ),
    };
    changes.map(fact).collect()
}

/// A row of the table at [`diff`](super): what it is about, how two kinds are compared, and the function that writes
/// its value in words.
type Row = (Aspect, Within, fn(&KindRule) -> String);

const ROWS: &[Row] = &[
    (Aspect::MaxLifetime, compare::max_lifetime, |kind| words::lifetime(kind.max_lifetime())),
    (Aspect::Leeway, compare::leeway, |kind| format!("{}", kind.leeway())),
    (Aspect::Audience, compare::audience, |kind| words::optional(kind.audience())),
    (Aspect::Uses, compare::uses, |kind| words::uses(kind.uses()).to_owned()),
    (Aspect::Source, compare::source, |kind| words::source(kind.source())),
    (Aspect::Rotate, compare::rotate, |kind| words::rotate(kind.rotate())),
    (Aspect::Store, compare::store, |kind| words::optional(kind.store())),
    (Aspect::Format, compare::format, |kind| {
        words::optional(kind.format().map(|format| format.value().name()))
    }),
];
