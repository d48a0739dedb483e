//! Reads the `format` key of a token kind.

use alloc::collections::BTreeMap;
use alloc::format;

use toml::de::DeTable;

use super::context::Context;
use super::entry::Entry;
use crate::format::Prefix;
use crate::hidden::Quoted;
use crate::{PolicyErrorKind, Spanned};

/// Reads the prefix of a kind's tokens. Reports a text that is no prefix and returns `None`.
pub(super) fn read(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Option<Spanned<Prefix>> {
    let text = entry.text(cx, HELP)?;
    match Prefix::parse(text) {
        Ok(prefix) => Some(Spanned::new(prefix, cx.position(entry.at()))),
        Err(error) => {
            let message = format!("{} is {}, but {error}", entry.what(), Quoted(text));
            cx.report(entry.at(), PolicyErrorKind::InvalidFormat, message).help(HELP);
            None
        }
    }
}

/// Reports two kinds with the same prefix, since a token's prefix must tell its kind.
pub(super) fn check_distinct(cx: &mut Context<'_>, kinds: &DeTable<'_>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, kind) in kinds {
        let format = kind.get_ref().as_table().and_then(|kind| kind.get("format"));
        let Some((format, text)) = format.and_then(|f| Some((f, f.get_ref().as_str()?))) else {
            continue;
        };
        if let Some(other) = seen.insert(text, name.get_ref().as_ref()) {
            let message = format!(
                "token kinds {} and {} have the same format {}",
                Quoted(other),
                Quoted(name.get_ref()),
                Quoted(text)
            );
            cx.report(format.span().start, PolicyErrorKind::RepeatedFormat, message)
                .help("give each kind a format of its own");
        }
    }
}

const HELP: &str = "write who mints the tokens and what they are for, such as \"acme_deploy\"";
