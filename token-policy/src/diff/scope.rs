//! Compares one declared scope of two policies.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Aspect, Fact, Verdict, pairs, position, words};
use crate::{ScopeRule, Spanned};

/// Adds the facts about a declared scope. They all have the verdict `equal`, because what the change means for a kind
/// is among the facts about that kind.
pub(super) fn compare(old: Option<&ScopeRule>, new: Option<&ScopeRule>, facts: &mut Vec<Fact>) {
    let name = new.or(old).map(ScopeRule::name).unwrap_or_default();
    let mut add = |aspect, scope: Option<&String>, change: String| {
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
        (None, Some(_)) => add(Aspect::Declared, None, "is declared".to_owned()),
        (Some(_), None) => add(Aspect::Declared, None, "is no longer declared".to_owned()),
        (Some(old), Some(new)) => {
            changes(old, new).into_iter().for_each(|change| add(change.aspect, None, change.words));
        }
        (None, None) => {}
    }
    let implies = |scope: Option<&ScopeRule>| scope.map(|scope| scope.implies().to_vec());
    let (was, is) = (implies(old).unwrap_or_default(), implies(new).unwrap_or_default());
    for pair in pairs(&was, &is, String::as_str) {
        match pair {
            (None, Some(scope)) => {
                add(Aspect::Implies, Some(scope), format!("now implies `{scope}`"));
            }
            (Some(scope), None) => {
                add(Aspect::Implies, Some(scope), format!("no longer implies `{scope}`"));
            }
            _ => {}
        }
    }
}

/// How a scope that both policies declare has changed, apart from what it implies.
pub(super) struct Change {
    pub(super) aspect: Aspect,
    /// The verdict on a kind that carries the scope.
    pub(super) bearing: Verdict,
    pub(super) words: String,
    /// What an act is like that is only permitted by the new policy. It continues the words of an act.
    pub(super) admitted: String,
    /// What an act is like that is only permitted by the old policy.
    pub(super) refused: String,
}

/// Returns how the scope's name at the issuer and its type have changed.
pub(super) fn changes(old: &ScopeRule, new: &ScopeRule) -> Vec<Change> {
    [issuer_name(old, new), rust_type(old, new)].into_iter().flatten().collect()
}

fn issuer_name(old: &ScopeRule, new: &ScopeRule) -> Option<Change> {
    let (was, is) = (old.issuer_name(), new.issuer_name());
    (was != is).then(|| Change {
        aspect: Aspect::IssuerName,
        bearing: Verdict::Incomparable,
        words: format!("the issuer's name for it is `{is}`, was `{was}`"),
        admitted: format!(" whose grant says `{is}`"),
        refused: format!(" whose grant says `{was}`"),
    })
}

/// A type of another crate lets the operations of that crate use the token.
fn rust_type(old: &ScopeRule, new: &ScopeRule) -> Option<Change> {
    let (was, is) = (path(old), path(new));
    if was == is {
        return None;
    }
    let by = |path: Option<&str>| match path {
        Some(path) => format!(" used by code that requires `{path}`"),
        None => String::new(),
    };
    Some(Change {
        aspect: Aspect::Type,
        bearing: Verdict::of(is.is_none(), was.is_none()),
        words: format!("its `type` is {}, was {}", words::optional(is), words::optional(was)),
        admitted: by(is),
        refused: by(was),
    })
}

/// Returns the path of the scope's type. A leading `::` makes no difference.
fn path(scope: &ScopeRule) -> Option<&str> {
    scope.rust_type().map(Spanned::value).map(|path| path.trim_start_matches("::"))
}
