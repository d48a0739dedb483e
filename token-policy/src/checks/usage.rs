//! Checks which of the scopes that a kind grants were never used.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::explanation::UNUSED_SCOPE;
use super::{All, Found, list};
use crate::{KindRule, Policy};

/// Records which scopes the tokens of each kind used, according to an audit log.
///
/// A kind for which neither [`used`](Usage::used) nor [`looked_at`](Usage::looked_at) was called is not checked.
///
/// ```
/// use token_policy::checks::Usage;
///
/// let mut usage = Usage::during("the last 90 days");
/// usage.used("github-ci", "repo:read");
/// usage.looked_at("deployer"); // its tokens used nothing
/// ```
#[derive(Clone, Debug)]
pub struct Usage {
    period: String,
    used: BTreeMap<String, BTreeSet<String>>,
}

impl Usage {
    /// Makes a `Usage` without any uses. `period` completes the sentence "was not used in …".
    pub fn during(period: impl Into<String>) -> Usage {
        Usage { period: period.into(), used: BTreeMap::new() }
    }

    /// Adds that a token of `kind` was used for an operation that needs `scope`.
    pub fn used(&mut self, kind: impl Into<String>, scope: impl Into<String>) {
        self.used.entry(kind.into()).or_default().insert(scope.into());
    }

    /// Adds that the log was read for `kind`, even if it has no use of it. Then all scopes of the kind may be reported.
    pub fn looked_at(&mut self, kind: impl Into<String>) {
        self.used.entry(kind.into()).or_default();
    }
}

pub(super) fn check<'p>(policy: &'p Policy, usage: &Usage, all: &mut All<'p>) {
    for kind in policy.kinds() {
        if let Some(used) = usage.used.get(kind.name()) {
            check_kind(policy, kind, used, &usage.period, all);
        }
    }
}

/// Checks each scope that the kind lists, also by a wildcard. A scope that is only implied is not checked, since it
/// cannot be removed from the kind.
fn check_kind<'p>(
    policy: &'p Policy,
    kind: &'p KindRule,
    used: &BTreeSet<String>,
    period: &str,
    all: &mut All<'p>,
) {
    // The log has the names that the issuer gives.
    let is_used = |scope: &String| {
        let rule = policy.scope(scope);
        rule.is_some_and(|rule| used.contains(rule.issuer_name()))
    };
    let implied_by_used: BTreeSet<&String> = kind
        .scopes()
        .iter()
        .filter(|scope| is_used(scope))
        .flat_map(|scope| implied(policy, scope))
        .collect();
    let mut told = BTreeSet::new();
    for item in &kind.marks.scopes {
        for scope in &item.scopes {
            // A used scope implies this one, so the kind would carry it even if it were not listed.
            if is_used(scope) || implied_by_used.contains(scope) || !told.insert(scope) {
                continue;
            }
            let message = format!(
                "token kind `{}` carries scope `{scope}`, which was not used in {period}",
                kind.name()
            );
            let fix = fix(policy, scope, &item.text, &is_used);
            let found = Found::new(&UNUSED_SCOPE, item.mark, message, fix);
            all.add(found.kind(kind.name()).scope(scope));
        }
    }
}

fn fix(policy: &Policy, scope: &str, listed: &str, is_used: &dyn Fn(&String) -> bool) -> String {
    let narrower = implied(policy, scope).iter().filter(|implied| is_used(implied));
    let narrower: Vec<&str> = narrower.map(String::as_str).collect();
    match narrower.as_slice() {
        [] if listed != scope => format!("list what is used instead of `{listed}`"),
        [] => String::from("remove it from the kind's `scopes`"),
        narrower => format!("list {} instead, which it implies", list(narrower)),
    }
}

fn implied<'p>(policy: &'p Policy, scope: &str) -> &'p [String] {
    policy.scope(scope).map_or(&[], |scope| scope.implies())
}
