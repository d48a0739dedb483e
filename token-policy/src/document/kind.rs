//! Reads the `[tokens]` table.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::closure::ScopeSet;
use super::context::Context;
use super::entry::Entry;
use super::environment::Environments;
use super::reference::Reference;
use super::scope::Scopes;
use super::steps::Missing;
use super::table::Table;
use super::{environment, prefix, rotate, source, steps, store};
use crate::hidden::Quoted;
use crate::limits::{
    MAX_CARRIED, MAX_CLOSURE, MAX_IMPLICATIONS, MAX_KINDS, MAX_LEEWAY, MAX_LIFETIME,
};
use crate::mark::{KindMarks, Listed, Mark};
use crate::{KindRule, Lifetime, PolicyDigest, PolicyErrorKind, Uses, kind_name, meaning};

/// Reads the entries of `[tokens]`, and returns those without a mistake, sorted by name. Returns `None` if there are
/// too many.
pub(super) fn read_all(
    cx: &mut Context<'_>,
    root: &Table<'_, '_>,
    scopes: &Scopes<'_>,
    environments: &Environments,
) -> Option<Vec<KindRule>> {
    let entry = root.get("tokens");
    let entries = entry
        .as_ref()
        .and_then(|entry| entry.table(cx, "write each token kind as `[tokens.name]`"));
    let Some(entries) = entries else { return Some(Vec::new()) };
    if entries.len() > MAX_KINDS {
        let message = format!("the policy declares {} token kinds", entries.len());
        cx.report(root.key_at("tokens"), PolicyErrorKind::TooMany, message)
            .help(format!("a policy declares at most {MAX_KINDS}"));
        return None;
    }
    let mut kinds: Vec<KindRule> = entries
        .iter()
        .filter_map(|(key, value)| read(cx, key, value, scopes, environments))
        .collect();
    prefix::check_distinct(cx, entries);
    store::check_distinct(cx, entries);
    kinds.sort_by(|a, b| a.name.cmp(&b.name));
    check_total(cx, root, scopes, &kinds);
    environment::check_total(cx, root, &kinds);
    Some(kinds)
}

/// Refuses a policy that is small to read and large to compile: few scopes that many kinds carry.
fn check_total(
    cx: &mut Context<'_>,
    root: &Table<'_, '_>,
    scopes: &Scopes<'_>,
    kinds: &[KindRule],
) {
    let implied_by = |name: &String| {
        let scope = scopes.declared.names.binary_search(&name.as_str()).ok();
        scope.and_then(|scope| scopes.closures.get(scope)).map_or(0, ScopeSet::len)
    };
    let carried: usize = kinds.iter().map(|kind| kind.closure.len()).sum();
    let implications: usize = kinds.iter().flat_map(|kind| &kind.closure).map(implied_by).sum();
    for (what, found, limit) in [
        ("scopes", carried, MAX_CARRIED),
        ("implications among their scopes", implications, MAX_IMPLICATIONS),
    ] {
        if found > limit {
            let message = format!("the token kinds carry {found} {what}, all together");
            cx.report(root.key_at("tokens"), PolicyErrorKind::TooMany, message)
                .help(format!("at most {limit}; split the policy, or give the kinds fewer scopes"));
        }
    }
}

/// Reads one token kind. Returns `None` if it lacks a valid lifetime or list of scopes, or if any mistake was reported
/// so far, also about something else.
fn read(
    cx: &mut Context<'_>,
    key: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    scopes: &Scopes<'_>,
    environments: &Environments,
) -> Option<KindRule> {
    let (name, at) = (key.get_ref().as_ref(), key.span().start);
    check_name(cx, name, at);
    let subject = format!("token kind {}", Quoted(name));
    let entries = Entry::new(value, subject.clone()).table(cx, "write it as `[tokens.name]`")?;
    let table = Table::open(cx, entries, at, subject, KEYS);
    let granted = read_scopes(cx, &table, scopes);
    let end = read_end(cx, &table);
    let rotation = rotate::read(cx, &table, end);
    let steps_at = rotation.steps_at;
    let mut kind = KindRule {
        name: name.to_owned(),
        position: cx.position(at),
        description: read_description(cx, &table),
        owner: read_text(cx, &table, "owner"),
        scopes: Vec::new(),
        closure: Vec::new(),
        max_lifetime: None,
        leeway: read_leeway(cx, &table),
        audience: read_text(cx, &table, "audience"),
        uses: table.get("uses").and_then(|entry| entry.word(cx, USES)).unwrap_or_default(),
        source: table.get("source").and_then(|entry| source::read(cx, &entry)),
        rotate: rotation.times,
        steps: rotation.steps,
        store: table.get("store").and_then(|entry| store::read(cx, &entry)),
        format: table.get("format").and_then(|entry| prefix::read(cx, &entry)),
        environments: environment::of_kind(cx, &table, &environments.rules),
        ephemeral: false,
        digest: PolicyDigest::from_bytes([0; 32]),
        marks: KindMarks {
            name: cx.mark(key.span()),
            scopes: Vec::new(),
            max_lifetime: mark(cx, &table, "max_lifetime").or_else(|| mark(cx, &table, "expiry")),
            owner: mark(cx, &table, "owner"),
            audience: mark(cx, &table, "audience"),
        },
    };
    if let Some(at) = steps_at.filter(|_| environments.are_absent) {
        steps::check_slot(cx, &table, at, Missing::Environment);
    }
    kind.max_lifetime = match end {
        End::Unknown => return None,
        End::Within(max_lifetime) => Some(max_lifetime),
        End::Never => None,
    };
    kind.ephemeral = environment::is_ephemeral(cx, &table, kind.max_lifetime);
    if let Some(at) = steps_at.filter(|_| kind.ephemeral) {
        steps::check_slot(cx, &table, at, Missing::Lines);
    }
    let granted = granted.filter(|_| cx.is_clean())?;
    kind.marks.scopes = granted.items;
    kind.scopes = granted.listed.names(&scopes.declared.names);
    kind.closure = granted.closure.names(&scopes.declared.names);
    kind.digest = meaning::of_kind(&kind, &scopes.rules);
    Some(kind)
}

fn mark(cx: &Context<'_>, table: &Table<'_, '_>, key: &'static str) -> Option<Mark> {
    table.get(key).map(|entry| entry.mark(cx))
}

fn check_name(cx: &mut Context<'_>, name: &str, at: usize) {
    if let Err(error) = kind_name::check(name) {
        cx.report(
            at,
            PolicyErrorKind::InvalidKindName,
            format!("{} cannot be declared: {error}", Quoted(name)),
        )
        .help("name it by lowercase words, such as `github-ci`");
    }
}

/// When the tokens of a kind end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The policy doesn't say, or has a mistake there, which was reported.
    Unknown,
    Within(Lifetime),
    Never,
}

/// Reads `max_lifetime`, or `expiry = "none"` in its place.
fn read_end(cx: &mut Context<'_>, table: &Table<'_, '_>) -> End {
    let Some(expiry) = table.get("expiry") else {
        let help = "say how long its tokens may live, such as `max_lifetime = \"1h\"`; for tokens that never expire, \
                    write `expiry = \"none\"`";
        let entry = table.require(cx, "max_lifetime", help);
        let lifetime = entry.and_then(|entry| entry.lifetime_up_to(cx, MAX_LIFETIME));
        return lifetime.map_or(End::Unknown, End::Within);
    };
    if expiry.word(cx, EXPIRIES).is_none() {
        return End::Unknown;
    }
    if table.get("max_lifetime").is_some() {
        let message =
            format!("{} has both `expiry = \"none\"` and `max_lifetime`", table.subject());
        cx.report(expiry.at(), PolicyErrorKind::Contradiction, message).help(
            "remove `expiry` if its tokens expire; remove `max_lifetime` if the issuer gives them no expiry",
        );
        return End::Unknown;
    }
    End::Never
}

fn read_leeway(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Lifetime {
    let Some(entry) = table.get("leeway") else { return Lifetime::ZERO };
    let leeway = entry.lifetime(cx).and_then(|leeway| entry.check_at_most(cx, leeway, MAX_LEEWAY));
    leeway.unwrap_or_default()
}

fn read_description(cx: &mut Context<'_>, table: &Table<'_, '_>) -> Option<String> {
    let text = table.get("description")?.text(cx, TEXT_HELP)?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn read_text(cx: &mut Context<'_>, table: &Table<'_, '_>, key: &'static str) -> Option<String> {
    table.get(key)?.filled_text(cx, TEXT_HELP).map(str::to_owned)
}

/// The scopes of a kind: the items of its list as written, the scopes that they stand for, and all of these with what
/// they imply.
struct Granted {
    items: Vec<Listed>,
    listed: ScopeSet,
    closure: ScopeSet,
}

fn read_scopes(
    cx: &mut Context<'_>,
    table: &Table<'_, '_>,
    scopes: &Scopes<'_>,
) -> Option<Granted> {
    let entry = table.require(
        cx,
        "scopes",
        "list what its tokens may do, such as `scopes = [\"repo:read\"]`",
    )?;
    let (mut listed, mut items) = (ScopeSet::default(), Vec::new());
    for reference in Reference::read_all(cx, &entry) {
        let resolved = scopes.declared.resolve(cx, &reference, None);
        items.push(reference.listed(&resolved, &scopes.declared.names));
        for scope in resolved {
            listed.insert(scope);
        }
    }
    let mut closure = listed.clone();
    for (_, implied) in
        scopes.closures.iter().enumerate().filter(|(scope, _)| listed.contains(*scope))
    {
        closure.extend(implied);
    }
    check_size(cx, table, &closure);
    Some(Granted { items, listed, closure })
}

fn check_size(cx: &mut Context<'_>, table: &Table<'_, '_>, closure: &ScopeSet) {
    if closure.len() > MAX_CLOSURE {
        let message =
            format!("{} carries {} scopes, with those implied", table.subject(), closure.len());
        cx.report(table.at(), PolicyErrorKind::TooMany, message)
            .help(format!("a token kind carries at most {MAX_CLOSURE}"));
    }
}

const KEYS: &[&str] = &[
    "description",
    "owner",
    "scopes",
    "max_lifetime",
    "expiry",
    "leeway",
    "audience",
    "uses",
    "source",
    "rotate",
    "store",
    "format",
    "environments",
    "ephemeral",
];

const TEXT_HELP: &str = "write some text, or leave the key out";

const EXPIRIES: &[(&str, ())] = &[("none", ())];

pub(super) const USES: &[(&str, Uses)] = &[("many", Uses::Many), ("once", Uses::Once)];
