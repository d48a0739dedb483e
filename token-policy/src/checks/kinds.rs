//! Checks scopes and kinds: what they lack, which scopes no kind carries, which kinds carry too much.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use super::explanation::{
    LIFETIME_ABOVE_CEILING, NO_DESCRIPTION, NO_OWNER, NO_ROTATION, UNMATCHED_SCOPE, WILDCARD_SCOPE,
};
use super::{All, Found, list};
use crate::mark::Listed;
use crate::{KindRule, Lifetime, Policy, ScopeRule, Uses};

pub(super) fn check<'p>(policy: &'p Policy, all: &mut All<'p>) {
    let carried: BTreeSet<&str> =
        policy.kinds().iter().flat_map(KindRule::closure).map(String::as_str).collect();
    for scope in policy.scopes() {
        check_scope(scope, &carried, all);
    }
    for kind in policy.kinds() {
        check_kind(policy, kind, all);
    }
}

fn check_scope<'p>(scope: &'p ScopeRule, carried: &BTreeSet<&str>, all: &mut All<'p>) {
    let (name, mark) = (scope.name(), scope.marks.name);
    for item in scope.marks.implies.iter().filter(|item| is_wildcard(item)) {
        let message = format!(
            "scope `{name}` implies `{}`, which also grants scopes that are declared later",
            item.text
        );
        all.add(Found::new(&WILDCARD_SCOPE, item.mark, message, write_out(item)).scope(name));
    }
    if !carried.contains(name) {
        let message = format!("no token kind carries scope `{name}`");
        let fix = "grant it to a kind, or remove it";
        all.add(Found::new(&UNMATCHED_SCOPE, mark, message, fix).scope(name));
    }
    if scope.description().is_none() {
        let message = format!("scope `{name}` has no description");
        let fix = "say what it permits";
        all.add(Found::new(&NO_DESCRIPTION, mark, message, fix).scope(name));
    }
}

fn check_kind<'p>(policy: &'p Policy, kind: &'p KindRule, all: &mut All<'p>) {
    let name = kind.name();
    for item in kind.marks.scopes.iter().filter(|item| is_wildcard(item)) {
        let message = format!(
            "token kind `{name}` lists `{}`, which also grants scopes that are declared later",
            item.text
        );
        all.add(Found::new(&WILDCARD_SCOPE, item.mark, message, write_out(item)).kind(name));
    }
    check_ceiling(policy, kind, all);
    check_absent(kind, all);
}

fn check_ceiling<'p>(policy: &'p Policy, kind: &'p KindRule, all: &mut All<'p>) {
    let (name, longest) = (kind.name(), kind.max_lifetime());
    let is_above = |ceiling: &Lifetime| longest.is_none_or(|longest| longest > *ceiling);
    if let Some(ceiling) = policy.checks.ceiling.filter(is_above) {
        let mark = kind.marks.max_lifetime.unwrap_or(kind.marks.name);
        let lives = match longest {
            Some(longest) => format!("lives up to {longest}"),
            None => String::from("never expires"),
        };
        let message = format!("token kind `{name}` {lives}, above the ceiling of {ceiling}");
        let fix = match longest {
            Some(_) => format!("write at most \"{ceiling}\", or except it with a reason"),
            None => String::from("except it with a reason, if the issuer's tokens cannot expire"),
        };
        all.add(Found::new(&LIFETIME_ABOVE_CEILING, mark, message, fix).kind(name));
    }
}

fn check_absent<'p>(kind: &'p KindRule, all: &mut All<'p>) {
    let (name, mark) = (kind.name(), kind.marks.name);
    let mut add = |code, what: &str, fix: &str| {
        let message = format!("token kind `{name}` has no {what}");
        all.add(Found::new(code, mark, message, fix).kind(name));
    };
    if kind.owner().is_none() {
        let fix = "say who answers for its tokens, such as `owner = \"platform-team\"`";
        add(&NO_OWNER, "owner", fix);
    }
    // What we issue ourselves is replaced by whoever holds it, and its kind there says when.
    let is_only_issued = kind.format().is_some() && kind.source().is_none();
    if kind.rotate().is_none() && kind.uses() == Uses::Many && !is_only_issued {
        let fix = "say when its tokens are replaced: `rotate = { before_expiry = \"...\", overlap = \"...\" }`; the check's level is in the table `[checks]`";
        add(&NO_ROTATION, "rotation", fix);
    }
    if kind.description().is_none() {
        add(&NO_DESCRIPTION, "description", "say what its tokens are for");
    }
}

/// Returns whether the item is a wildcard, and not the name of the scope that it stands for.
fn is_wildcard(item: &Listed) -> bool {
    item.text.contains('*') && item.scopes.as_slice() != [item.text.as_str()]
}

fn write_out(item: &Listed) -> String {
    let names: alloc::vec::Vec<&str> = item.scopes.iter().map(String::as_str).collect();
    format!("list what is needed; now it stands for {}", list(&names))
}
