//! Names that look different from what they are.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::explanation::{BIDIRECTIONAL_NAME, CONFUSABLE_NAME};
use super::letters::{Script, is_right_to_left, skeleton};
use super::{All, Found};
use crate::hidden::Quoted;
use crate::mark::Mark;
use crate::{KindRule, Policy, ScopeRule};

pub(super) fn check<'p>(policy: &'p Policy, all: &mut All<'p>) {
    let scopes = policy.scopes().iter().map(scope_name);
    check_alike("scope", scopes, all);
    check_alike("token kind", policy.kinds().iter().map(kind_name), all);
    for (what, value) in VALUES {
        let names = || policy.kinds().iter().filter_map(*value);
        check_alike(what, names(), all);
        names().for_each(|name| check_letters(what, &name, all));
    }
}

/// A name, where it stands, and what it belongs to.
struct Name<'p> {
    text: &'p str,
    mark: Mark,
    kind: Option<&'p str>,
    scope: Option<&'p str>,
}

fn scope_name(scope: &ScopeRule) -> Name<'_> {
    Name { text: scope.name(), mark: scope.marks.name, kind: None, scope: Some(scope.name()) }
}

fn kind_name(kind: &KindRule) -> Name<'_> {
    Name { text: kind.name(), mark: kind.marks.name, kind: Some(kind.name()), scope: None }
}

fn value<'p>(kind: &'p KindRule, text: Option<&'p str>, mark: Option<Mark>) -> Option<Name<'p>> {
    Some(Name { text: text?, mark: mark?, kind: Some(kind.name()), scope: None })
}

type Value = fn(&KindRule) -> Option<Name<'_>>;

/// The texts by which a kind names something outside of the policy. Unlike names they have any letters.
const VALUES: &[(&str, Value)] = &[
    ("owner", |kind| value(kind, kind.owner(), kind.marks.owner)),
    ("audience", |kind| value(kind, kind.audience(), kind.marks.audience)),
];

/// Of names that look alike all but the first are told; the same name again is no other name.
fn check_alike<'p>(what: &str, names: impl Iterator<Item = Name<'p>>, all: &mut All<'p>) {
    let mut names: alloc::vec::Vec<Name<'p>> = names.collect();
    names.sort_by_key(|name| name.mark.position);
    let mut firsts: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let first = *firsts.entry(skeleton(name.text)).or_insert(name.text);
        if first != name.text {
            let message =
                format!("{what} {} looks like {what} {}", Quoted(name.text), Quoted(first));
            add(&CONFUSABLE_NAME, &name, message, "rename one of them", all);
        }
    }
}

fn check_letters<'p>(what: &str, name: &Name<'p>, all: &mut All<'p>) {
    let kind = name.kind.unwrap_or_default();
    if let Some((one, other, word)) = mixed(name.text) {
        let message = format!(
            "the {what} of token kind `{kind}` mixes {one} and {other} letters in {}",
            Quoted(word)
        );
        add(&CONFUSABLE_NAME, name, message, "write each word in one script", all);
    }
    if name.text.chars().any(is_right_to_left) {
        let message =
            format!("the {what} of token kind `{kind}` has letters that run from right to left");
        let fix =
            "write it in letters that run from left to right, so that it is read as it is shown";
        add(&BIDIRECTIONAL_NAME, name, message, fix, all);
    }
}

fn add<'p>(
    code: &'static super::Explanation,
    name: &Name<'p>,
    message: String,
    fix: &str,
    all: &mut All<'p>,
) {
    let found = Found::new(code, name.mark, message, fix);
    all.add(Found { kind: name.kind, scope: name.scope, ..found });
}

/// The first word with letters of two scripts that have letters in common.
fn mixed(text: &str) -> Option<(&'static str, &'static str, &str)> {
    text.split(|c: char| !c.is_alphanumeric()).find_map(|word| {
        let mut scripts = word.chars().filter_map(Script::of);
        let first = scripts.next()?;
        let other = scripts.find(|script| *script != first)?;
        Some((first.name(), other.name(), word))
    })
}
