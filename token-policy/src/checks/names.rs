//! Checks names that a reader may take for others.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::explanation::{BIDIRECTIONAL_NAME, CONFUSABLE_NAME};
use super::letters::{Script, is_right_to_left, looks_like, skeleton};
use super::{All, Found};
use crate::hidden::{Quoted, is_ignorable};
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

/// A name in the policy: its text, where it stands, and the kind or scope that it belongs to.
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

/// Lists the keys by which a kind names something outside of the policy, each with the function that reads its value.
/// These values may have any letters, unlike the names of kinds and scopes.
const VALUES: &[(&str, Value)] = &[
    ("owner", |kind| value(kind, kind.owner(), kind.marks.owner)),
    ("audience", |kind| value(kind, kind.audience(), kind.marks.audience)),
];

/// Reports each name that differs from an earlier one but looks the same.
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
    let of = format!("the {what} of token kind `{}`", name.kind.unwrap_or_default());
    let mut tell = |code, message, fix| add(code, name, format!("{of} {message}"), fix, all);
    if let Some((one, other, word)) = mixed(name.text) {
        let message = format!("mixes {one} and {other} letters in {}", Quoted(word));
        tell(&CONFUSABLE_NAME, message, "write each word in one script");
    } else if let Some((word, seen)) = disguised(name.text) {
        let message =
            format!("has {} ({}), which looks like `{seen}`", Quoted(word), escaped(word));
        tell(&CONFUSABLE_NAME, message, "write it in the letters that it is read as, or rename it");
    }
    if let Some(unseen) = unseen(name.text) {
        let message = format!("has the character `{}`, which is not seen", unseen.escape_unicode());
        tell(&CONFUSABLE_NAME, message, "write it without, or with a plain space");
    }
    if name.text.chars().any(is_right_to_left) {
        let message = String::from("has letters that run from right to left");
        let fix =
            "write it in letters that run from left to right, so that it is read as it is shown";
        tell(&BIDIRECTIONAL_NAME, message, fix);
    }
}

/// Returns the first character that is invisible, or is a space other than the plain one; `None` if there is no such
/// character. The joiners and variation selectors that follow an emoji are allowed.
fn unseen(text: &str) -> Option<char> {
    let mut before = 'a';
    text.chars().find(|c| {
        let is_in_picture = matches!(*c, '\u{200D}' | '\u{FE0F}') && is_picture(before);
        before = *c;
        is_ignorable(*c) && !is_in_picture || c.is_whitespace() && *c != ' '
    })
}

fn is_picture(c: char) -> bool {
    !c.is_ascii() && !c.is_alphanumeric()
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

/// Finds the first word with letters of two scripts. Returns the names of the two scripts and the word, or `None` if no
/// word mixes scripts.
fn mixed(text: &str) -> Option<(&'static str, &'static str, &str)> {
    text.split(|c: char| !c.is_alphanumeric()).find_map(|word| {
        let mut scripts = word.chars().filter_map(Script::of);
        let first = scripts.next()?;
        let other = scripts.find(|script| *script != first)?;
        Some((first.name(), other.name(), word))
    })
}

/// Finds the first word that looks like ASCII but isn't. Returns the word and the ASCII text that it looks like, or
/// `None` if there is no such word.
fn disguised(text: &str) -> Option<(&str, String)> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_ascii()).find_map(|word| {
        let letter = |c: char| if c.is_ascii() { Some(c) } else { looks_like(c) };
        Some((word, word.chars().map(letter).collect::<Option<String>>()?))
    })
}

/// Returns the word with each character that is not ASCII written as an escape.
fn escaped(word: &str) -> String {
    let mut escaped = String::new();
    for c in word.chars() {
        match c.is_ascii() {
            true => escaped.push(c),
            false => escaped.extend(c.escape_unicode()),
        }
    }
    escaped
}
