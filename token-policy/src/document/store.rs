//! Reads the `store` key of a token kind.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use toml::de::DeTable;

use super::context::Context;
use super::entry::Entry;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;

/// Reads the path at which a refresh token is kept.
pub(super) fn read(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    entry.filled_text(cx, HELP).map(str::to_owned)
}

/// Reports a path that two kinds use: the one that is written last would end the other one's refresh token. A source is not
/// written by the program at all.
pub(super) fn check_distinct(cx: &mut Context<'_>, kinds: &DeTable<'_>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let tables = || {
        kinds.iter().filter_map(|(name, kind)| Some((name.get_ref(), kind.get_ref().as_table()?)))
    };
    for (name, kind) in tables() {
        let source = kind.get("source").and_then(|source| source.get_ref().as_table());
        let file = source.and_then(|source| source.get("file")?.get_ref().as_str());
        if let Some(file) = file {
            seen.entry(file).or_insert(name);
        }
    }
    for (name, kind) in tables() {
        let Some((store, path)) =
            kind.get("store").and_then(|store| Some((store, store.get_ref().as_str()?)))
        else {
            continue;
        };
        if let Some(other) = seen.insert(path, name) {
            let message = format!(
                "the store of token kind {} is {}, which token kind {} has as its store or source",
                Quoted(name),
                Quoted(path),
                Quoted(other)
            );
            cx.report(store.span().start, PolicyErrorKind::Contradiction, message)
                .help("give each kind a store of its own");
        }
    }
}

const HELP: &str = "write the path at which the program keeps the refresh token";
