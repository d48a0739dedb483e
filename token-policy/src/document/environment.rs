//! Reads the `[environments]` table, and which of its environments a token kind has a slot in.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::context::Context;
use super::entry::Entry;
use super::table::Table;
use crate::hidden::Quoted;
use crate::limits::{EPHEMERAL_LIFETIME, MAX_ENVIRONMENTS, MAX_SLOTS};
use crate::{AssuranceLevel, EnvironmentRule, KindRule, Lifetime, PolicyErrorKind, kind_name};

/// The declared environments.
#[derive(Default)]
pub(super) struct Environments {
    /// Those without a mistake, sorted by name.
    pub(super) rules: Vec<EnvironmentRule>,
    /// Whether the policy declares none. It is false if those that it declares have mistakes.
    pub(super) are_absent: bool,
}

/// Reads the entries of `[environments]`.
pub(super) fn read_all(cx: &mut Context<'_>, root: &Table<'_, '_>) -> Environments {
    let Some(entry) = root.get("environments") else {
        let are_absent = !root.misspells("environments");
        return Environments { are_absent, ..Environments::default() };
    };
    let Some(entries) = entry.table(cx, HELP) else { return Environments::default() };
    if entries.len() > MAX_ENVIRONMENTS {
        let message = format!("the policy declares {} environments", entries.len());
        cx.report(root.key_at("environments"), PolicyErrorKind::TooMany, message)
            .help(format!("a policy declares at most {MAX_ENVIRONMENTS}"));
        return Environments::default();
    }
    let mut rules: Vec<EnvironmentRule> =
        entries.iter().filter_map(|(key, value)| read(cx, key, value)).collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    Environments { rules, are_absent: entries.is_empty() }
}

fn read(
    cx: &mut Context<'_>,
    key: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
) -> Option<EnvironmentRule> {
    let (name, at) = (key.get_ref().as_ref(), key.span().start);
    // A lock has the name beside that of a kind, in the header `[kind.environment]`, so both have the same form.
    if kind_name::check(name).is_err() {
        let message = format!("{} cannot be declared as an environment", Quoted(name));
        cx.report(at, PolicyErrorKind::InvalidEnvironmentName, message)
            .help("name it by lowercase words joined by hyphens, such as `production`");
    }
    let subject = format!("environment {}", Quoted(name));
    let entries = Entry::new(value, subject.clone()).table(cx, HELP)?;
    let table = Table::open(cx, entries, at, subject, KEYS);
    let description = table.get("description").and_then(|entry| entry.text(cx, TEXT_HELP));
    Some(EnvironmentRule {
        name: name.to_owned(),
        position: cx.position(at),
        description: description.filter(|text| !text.is_empty()).map(str::to_owned),
        release: flag(cx, &table, "release").unwrap_or(false),
        strict: flag(cx, &table, "strict").unwrap_or(false),
        assurance: table
            .get("assurance")
            .and_then(|entry| entry.word(cx, ASSURANCES))
            .unwrap_or_default(),
    })
}

/// Reads the names of the environments that a kind has a slot in: all of them, unless it lists some. The result is
/// sorted. A mistake is reported and left out.
pub(super) fn of_kind(
    cx: &mut Context<'_>,
    kind: &Table<'_, '_>,
    declared: &[EnvironmentRule],
) -> Vec<String> {
    let Some(entry) = kind.get("environments") else {
        return declared.iter().map(|rule| rule.name.clone()).collect();
    };
    let mut names: Vec<String> = Vec::new();
    for item in entry.items(cx, LIST_HELP).unwrap_or_default() {
        let Some(name) = item.filled_text(cx, LIST_HELP) else { continue };
        if names.iter().any(|known| known == name) {
            let message = format!("environment {} is listed twice", Quoted(name));
            cx.report(item.at(), PolicyErrorKind::RepeatedEnvironment, message)
                .help("list it once");
        } else if declared.iter().any(|rule| rule.name == name) {
            names.push(name.to_owned());
        } else {
            report_unknown(cx, &item, name, declared);
        }
    }
    names.sort();
    names
}

fn report_unknown(
    cx: &mut Context<'_>,
    item: &Entry<'_, '_>,
    name: &str,
    declared: &[EnvironmentRule],
) {
    let help = match cx.nearest(name, declared.iter().map(EnvironmentRule::name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "declare it under `[environments]`".to_owned(),
    };
    let message = format!("environment {} is not declared", Quoted(name));
    cx.report(item.at(), PolicyErrorKind::UnknownEnvironment, message).help(help);
}

/// Reads whether a kind's tokens are left out of a lock. If the kind doesn't say, its longest lifetime decides.
pub(super) fn is_ephemeral(
    cx: &mut Context<'_>,
    kind: &Table<'_, '_>,
    longest: Option<Lifetime>,
) -> bool {
    flag(cx, kind, "ephemeral")
        .unwrap_or_else(|| longest.is_some_and(|longest| longest <= EPHEMERAL_LIFETIME))
}

/// Refuses a policy whose lock would be too long to review.
pub(super) fn check_total(cx: &mut Context<'_>, root: &Table<'_, '_>, kinds: &[KindRule]) {
    let slots: usize = kinds.iter().map(|kind| kind.environments.len()).sum();
    if slots > MAX_SLOTS {
        let message = format!("the token kinds have {slots} slots, all together");
        cx.report(root.key_at("environments"), PolicyErrorKind::TooMany, message).help(format!(
            "at most {MAX_SLOTS}; say for each kind in which `environments` its tokens are"
        ));
    }
}

fn flag(cx: &mut Context<'_>, table: &Table<'_, '_>, key: &'static str) -> Option<bool> {
    table.get(key)?.boolean(cx)
}

const KEYS: &[&str] = &["description", "release", "strict", "assurance"];

const HELP: &str = "write each environment as `[environments.name]`, or as `name = {}`";

const LIST_HELP: &str = "list declared environments, such as `environments = [\"production\"]`";

const TEXT_HELP: &str = "write some text, or leave the key out";

const ASSURANCES: &[(&str, AssuranceLevel)] = &[
    (AssuranceLevel::Asserted.as_str(), AssuranceLevel::Asserted),
    (AssuranceLevel::PlatformAttested.as_str(), AssuranceLevel::PlatformAttested),
    (AssuranceLevel::HardwareAttested.as_str(), AssuranceLevel::HardwareAttested),
];
