//! Applies the `[checks]` table: which level a finding has, and which findings are excepted.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use super::explanation::{
    OF_SOURCES, UNMATCHED_CHECK, UNMATCHED_EXCEPTION, UNUSED_SCOPE, explain, explanations,
};
use super::{All, Explanation, Found};
use crate::hidden::Quoted;
use crate::mark::{Exception, Mark};
use crate::{Level, Policy, nearest};

/// Holds what a policy says about its checks.
pub(super) struct Settings<'p> {
    policy: &'p Policy,
    levels: BTreeMap<&'p str, Level>,
    /// For each exception, by what it matches: whether it has matched a finding so far.
    exceptions: BTreeMap<Key<'p>, bool>,
}

/// What an exception matches: a code, and a kind, a scope or both.
type Key<'p> = (&'p str, Option<&'p str>, Option<&'p str>);

impl<'p> Settings<'p> {
    pub(super) fn of(policy: &'p Policy) -> Settings<'p> {
        let levels = policy.checks.levels.iter().map(|rule| (rule.code.as_str(), rule.level));
        let exceptions = policy.checks.exceptions.iter().map(|exception| (key(exception), false));
        Settings { policy, levels: levels.collect(), exceptions: exceptions.collect() }
    }

    /// Returns the level of a code's findings: the policy's, or the default of the code.
    pub(super) fn level(&self, code: &Explanation) -> Level {
        self.levels.get(code.code).copied().unwrap_or(code.level)
    }

    pub(super) fn is_told(&self, code: &Explanation) -> bool {
        self.level(code) > Level::Allow
    }

    /// Returns whether an exception matches the finding. Marks every exception that matches as used.
    pub(super) fn except(&mut self, found: &Found<'p>) -> bool {
        let Found { code: Explanation { code, .. }, kind, scope, .. } = *found;
        let keys = [(*code, kind, scope), (*code, kind, None), (*code, None, scope)];
        let named = keys.into_iter().filter(|(_, kind, scope)| kind.is_some() || scope.is_some());
        let mut excepted = false;
        for key in named {
            if let Some(has_matched) = self.exceptions.get_mut(&key) {
                (*has_matched, excepted) = (true, true);
            }
        }
        excepted
    }

    /// Returns whether an exception names this code and this kind.
    pub(super) fn excepts_kind(&self, code: &str, kind: Option<&str>) -> bool {
        let mut exceptions = self.policy.checks.exceptions.iter();
        kind.is_some() && exceptions.any(|exception| key(exception) == (code, kind, None))
    }

    /// Reports unknown codes, and exceptions that are repeated or match no finding. Without usage (`has_usage` is
    /// false), exceptions from `unused-scope` are not judged, since that check did not run; nor are those from checks of
    /// sources.
    pub(super) fn check(&self, has_usage: bool, all: &mut All<'p>) {
        let levels = self.policy.checks.levels.iter().map(|rule| (rule.code.as_str(), rule.mark));
        levels.for_each(|(code, mark)| check_code(code, mark, all));
        let mut seen = BTreeSet::new();
        for exception in &self.policy.checks.exceptions {
            let code = exception.code.as_str();
            check_code(code, exception.mark, all);
            if !seen.insert(key(exception)) {
                let message = format!("the exception from `{code}` stands here a second time");
                all.add(Found::new(&UNMATCHED_EXCEPTION, exception.mark, message, "remove it"));
                continue;
            }
            let is_judged = explain(code).is_some()
                && (code != UNUSED_SCOPE.code || has_usage)
                && !OF_SOURCES.iter().any(|known| known.code == code);
            if is_judged && self.exceptions.get(&key(exception)) == Some(&false) {
                let message = format!("the exception from `{code}` matches nothing");
                all.add(Found::new(&UNMATCHED_EXCEPTION, exception.mark, message, "remove it"));
            }
        }
    }
}

fn key(exception: &Exception) -> Key<'_> {
    (&exception.code, exception.kind.as_deref(), exception.scope.as_deref())
}

fn check_code(code: &str, mark: Mark, all: &mut All<'_>) {
    if explain(code).is_some() {
        return;
    }
    let known = || explanations().map(|explanation| explanation.code);
    let fix = match nearest(code, known()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are `{}`", known().collect::<Vec<_>>().join("`, `")),
    };
    let message = format!("there is no check {}", Quoted(code));
    all.add(Found::new(&UNMATCHED_CHECK, mark, message, fix));
}
