//! Reads the `[scopes]` table.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use toml::Spanned as TomlSpanned;
use toml::de::{DeString, DeValue};

use super::closure::{self, Edge, ScopeSet};
use super::context::Context;
use super::entry::Entry;
use super::reference::{Declared, Reference};
use super::table::Table;
use crate::hidden::Quoted;
use crate::limits::{MAX_CLOSURE, MAX_SCOPES};
use crate::mark::{Listed, Mark, ScopeMarks};
use crate::{PolicyErrorKind, ScopeRule, Spanned, scope_name};

/// Holds the declared scopes, for the kinds that carry them.
pub(super) struct Scopes<'d> {
    pub(super) declared: Declared<'d>,
    /// For each scope, by its number, the scopes that it implies. Is empty if scopes imply each other in a cycle, or a
    /// scope implies too many.
    pub(super) closures: Vec<ScopeSet>,
    pub(super) rules: Vec<ScopeRule>,
}

impl<'d> Scopes<'d> {
    /// Reads all scopes. Returns `None` if there are too many.
    pub(super) fn read(cx: &mut Context<'_>, root: &Table<'d, '_>) -> Option<Scopes<'d>> {
        let mut drafts = read_drafts(cx, root)?;
        drafts.sort_by_key(|draft| draft.name);
        check_rust_types(cx, &drafts);
        let declared = Declared {
            names: drafts.iter().map(|draft| draft.name).collect(),
            complete: root
                .get("scopes")
                .map_or(!root.misspells("scopes"), |entry| entry.is_table()),
        };
        let mut listed = alloc::vec![Vec::new(); drafts.len()];
        let edges: Vec<Vec<Edge>> = drafts
            .iter()
            .zip(&mut listed)
            .enumerate()
            .map(|(scope, (draft, listed))| draft.edges(cx, &declared, scope, listed))
            .collect();
        let closures = closure::close(cx, &declared.names, &edges);
        let closures =
            closures.filter(|closures| check_sizes(cx, &drafts, closures)).unwrap_or_default();
        let rules = match cx.is_clean() {
            true => drafts
                .into_iter()
                .zip(listed)
                .zip(&closures)
                .map(|((draft, listed), all)| draft.rule(cx, listed, all.names(&declared.names)))
                .collect(),
            false => Vec::new(),
        };
        Some(Scopes { declared, closures, rules })
    }
}

/// A scope as it is written, before the scopes that it implies are looked up.
struct Draft<'d> {
    name: &'d str,
    at: usize,
    mark: Mark,
    description: Option<&'d str>,
    rust_type: Option<(&'d str, usize)>,
    /// The issuer's name for the scope, if it is not the name in the policy.
    issuer_name: Option<&'d str>,
    implies: Vec<Reference<'d>>,
}

impl<'d> Draft<'d> {
    fn read(
        cx: &mut Context<'_>,
        key: &'d TomlSpanned<DeString<'_>>,
        value: &'d TomlSpanned<DeValue<'_>>,
    ) -> Draft<'d> {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        check_name(cx, name, at);
        let mark = cx.mark(key.span());
        let (description, rust_type, issuer_name) = (None, None, None);
        let implies = Vec::new();
        let mut draft = Draft { name, at, mark, description, rust_type, issuer_name, implies };
        let entry = Entry::new(value, format!("scope {}", Quoted(name)));
        if entry.is_text() {
            draft.description = entry.text(cx, DESCRIPTION_HELP);
        } else if entry.is_table() {
            draft.read_table(cx, &entry);
        } else {
            entry.refuse_type(cx, "a description or a table", DESCRIPTION_HELP);
        }
        draft
    }

    fn read_table(&mut self, cx: &mut Context<'_>, entry: &Entry<'d, '_>) {
        let Some(entries) = entry.table(cx, DESCRIPTION_HELP) else { return };
        let table = Table::open(cx, entries, self.at, entry.what(), KEYS);
        self.description =
            table.get("description").and_then(|entry| entry.text(cx, DESCRIPTION_HELP));
        self.implies =
            table.get("implies").map(|entry| Reference::read_all(cx, &entry)).unwrap_or_default();
        self.rust_type = table.get("type").and_then(|entry| read_rust_type(cx, &entry));
        self.issuer_name = table.get("name").and_then(|entry| read_issuer_name(cx, &entry));
    }

    /// Looks up which scopes this one implies, and returns an edge for each. Adds the items of its `implies` to
    /// `listed`.
    fn edges(
        &self,
        cx: &mut Context<'_>,
        declared: &Declared<'_>,
        scope: usize,
        listed: &mut Vec<Listed>,
    ) -> Vec<Edge> {
        let mut edges = Vec::new();
        for reference in &self.implies {
            let implied = declared.resolve(cx, reference, Some(scope));
            listed.push(reference.listed(&implied, &declared.names));
            edges.extend(implied.into_iter().map(|to| Edge { to, at: reference.at() }));
        }
        edges
    }

    fn rule(self, cx: &Context<'_>, listed: Vec<Listed>, implies: Vec<String>) -> ScopeRule {
        ScopeRule {
            name: self.name.to_owned(),
            position: cx.position(self.at),
            description: self.description.filter(|text| !text.is_empty()).map(str::to_owned),
            rust_type: self
                .rust_type
                .map(|(path, at)| Spanned::new(path.to_owned(), cx.position(at))),
            issuer_name: self.issuer_name.filter(|name| *name != self.name).map(str::to_owned),
            implies,
            marks: ScopeMarks { name: self.mark, implies: listed },
        }
    }
}

/// Reads the entries of `[scopes]`. Returns `None` if there are too many.
fn read_drafts<'d>(cx: &mut Context<'_>, root: &Table<'d, '_>) -> Option<Vec<Draft<'d>>> {
    let entry = root.get("scopes");
    let entries = entry.as_ref().and_then(|entry| entry.table(cx, "write it as `[scopes]`"));
    let Some(entries) = entries else { return Some(Vec::new()) };
    if entries.len() > MAX_SCOPES {
        let message = format!("the policy declares {} scopes", entries.len());
        cx.report(root.key_at("scopes"), PolicyErrorKind::TooMany, message)
            .help(format!("a policy declares at most {MAX_SCOPES}"));
        return None;
    }
    Some(entries.iter().map(|(key, value)| Draft::read(cx, key, value)).collect())
}

fn check_name(cx: &mut Context<'_>, name: &str, at: usize) {
    let Err(error) = scope_name::check(name) else { return };
    let message = format!("{} cannot be declared: {error}", Quoted(name));
    cx.report(at, PolicyErrorKind::InvalidScopeName, message)
        .help("name it by words and colons, such as \"repo:read\"");
}

fn read_issuer_name<'d>(cx: &mut Context<'_>, entry: &Entry<'d, '_>) -> Option<&'d str> {
    const HELP: &str = "write the name that stands in the issuer's grants, such as \"repo:read\"";
    let name = entry.text(cx, HELP)?;
    let refuse = |error| {
        let message = format!("{} is {}, but {error}", entry.what(), Quoted(name));
        cx.report(entry.at(), PolicyErrorKind::InvalidScopeName, message).help(HELP);
    };
    scope_name::check(name).map_err(refuse).ok().map(|()| name)
}

fn read_rust_type<'d>(cx: &mut Context<'_>, entry: &Entry<'d, '_>) -> Option<(&'d str, usize)> {
    const HELP: &str = "write the path of a type, such as \"github_sdk::scope::RepoRead\"";
    let path = entry.text(cx, HELP)?;
    if !is_rust_path(path) {
        let message =
            format!("{} is {}, which is not the path of a type", entry.what(), Quoted(path));
        cx.report(entry.at(), PolicyErrorKind::InvalidRustType, message).help(HELP);
        return None;
    }
    Some((path, entry.at()))
}

/// Returns whether a text is a path of plain ASCII names, with or without a leading `::`.
pub(super) fn is_rust_path(path: &str) -> bool {
    path.strip_prefix("::").unwrap_or(path).split("::").all(is_rust_name)
}

fn is_rust_name(name: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    name != "_"
        && name.as_bytes().first().is_some_and(is_start)
        && name.bytes().all(|b| is_start(&b) || b.is_ascii_digit())
}

/// Reports two scopes with the same type, since a grant of one would grant the other too.
fn check_rust_types(cx: &mut Context<'_>, drafts: &[Draft<'_>]) {
    let mut typed: BTreeMap<&str, &str> = BTreeMap::new();
    for draft in drafts {
        let Some((path, at)) = draft.rust_type else { continue };
        if let Some(other) = typed.insert(path.trim_start_matches("::"), draft.name) {
            let message = format!(
                "scopes {} and {} have the same type {}",
                Quoted(other),
                Quoted(draft.name),
                Quoted(path)
            );
            cx.report(at, PolicyErrorKind::RepeatedRustType, message)
                .help("give each scope a type of its own");
        }
    }
}

/// Reports each scope that implies too many others, since it could not be granted to any kind. Returns whether there is
/// none.
fn check_sizes(cx: &mut Context<'_>, drafts: &[Draft<'_>], closures: &[ScopeSet]) -> bool {
    let mut all_fit = true;
    for (draft, closure) in drafts.iter().zip(closures) {
        if closure.len() >= MAX_CLOSURE {
            all_fit = false;
            let message = format!("scope {} implies {} others", Quoted(draft.name), closure.len());
            let help = format!("a scope and all it implies are at most {MAX_CLOSURE}");
            cx.report(draft.at, PolicyErrorKind::TooMany, message).help(help);
        }
    }
    all_fit
}

const KEYS: &[&str] = &["description", "implies", "type", "name"];

const DESCRIPTION_HELP: &str = "describe the scope, such as \"Read repositories\"";
