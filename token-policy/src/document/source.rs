//! Reads the `source` table of a token kind.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::context::Context;
use super::entry::Entry;
use super::table::Table;
use crate::hidden::Quoted;
use crate::limits::{DEFAULT_TIMEOUT, MAX_TIMEOUT};
use crate::{PolicyErrorKind, ReadableBy, Source};

/// Reads a source: exactly one of the known ones, with only its own options. Reports a mistake; returns `None` if the
/// source could not be read.
pub(super) fn read(cx: &mut Context<'_>, entry: &Entry<'_, '_>) -> Option<Source> {
    let entries = entry.table(cx, HELP)?;
    let table = Table::open(cx, entries, entry.at(), entry.what(), KEYS);
    let [way] = ways(&table)[..] else {
        report_form(cx, &table);
        return None;
    };
    check_options(cx, &table, way);
    let entry = table.get(way.key())?;
    match way {
        Way::Command => read_command(cx, &table, &entry),
        Way::Credential => read_name(cx, &entry, "a credential", is_credential_name)
            .map(|name| Source::Credential { name }),
        Way::Env => read_name(cx, &entry, "an environment variable", is_env_name)
            .map(|name| Source::Env { name }),
        Way::File => read_file(cx, &table, &entry),
    }
}

/// The key that says where tokens come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Command,
    Credential,
    Env,
    File,
}

impl Way {
    const ALL: [Way; 4] = [Way::Command, Way::Credential, Way::Env, Way::File];

    const fn key(self) -> &'static str {
        match self {
            Way::Command => "command",
            Way::Credential => "credential",
            Way::Env => "env",
            Way::File => "file",
        }
    }
}

/// The keys of [`Way`] that the table has.
fn ways(table: &Table<'_, '_>) -> Vec<Way> {
    Way::ALL.into_iter().filter(|way| table.get(way.key()).is_some()).collect()
}

/// Reports a source that has none or several of the keys in [`Way`].
fn report_form(cx: &mut Context<'_>, table: &Table<'_, '_>) {
    let message = match ways(table).as_slice() {
        // The unknown key is reported already, and was probably meant to be one of these.
        [] if table.has_unknown() => return,
        [] => format!("{} names no source", table.subject()),
        several => format!(
            "{} names {} sources: `{}`",
            table.subject(),
            several.len(),
            several.iter().map(|way| way.key()).collect::<Vec<_>>().join("`, `")
        ),
    };
    cx.report(table.at(), PolicyErrorKind::SourceForm, message).help(HELP);
}

/// Reports an option that belongs to another sort of source, since it would have no effect.
fn check_options(cx: &mut Context<'_>, table: &Table<'_, '_>, way: Way) {
    for (option, owner) in [("readable_by", Way::File), ("timeout", Way::Command)] {
        if way != owner && table.get(option).is_some() {
            let message = format!("`{option}` has no meaning for a source of `{}`", way.key());
            cx.report(table.key_at(option), PolicyErrorKind::SourceForm, message)
                .help(format!("remove it; it belongs to `{}`", owner.key()));
        }
    }
}

fn read_file(cx: &mut Context<'_>, table: &Table<'_, '_>, entry: &Entry<'_, '_>) -> Option<Source> {
    let path = entry.filled_text(cx, "write the path of the file").map(str::to_owned);
    let readable_by =
        table.get("readable_by").and_then(|entry| entry.word(cx, READABLE_BY)).unwrap_or_default();
    Some(Source::File { path: path?, readable_by })
}

fn read_command(
    cx: &mut Context<'_>,
    table: &Table<'_, '_>,
    entry: &Entry<'_, '_>,
) -> Option<Source> {
    const HELP: &str =
        "write the program and its arguments, such as [\"vault\", \"read\", \"github\"]";
    let items = entry.items(cx, HELP).unwrap_or_default();
    let argv: Vec<String> =
        items.iter().filter_map(|item| item.text(cx, HELP)).map(str::to_owned).collect();
    if argv.len() == items.len() && argv.first().is_some_and(String::is_empty) {
        cx.report(entry.at(), PolicyErrorKind::Empty, format!("{} has no program", entry.what()))
            .help(HELP);
    }
    let timeout = table.get("timeout").map(|entry| entry.lifetime_up_to(cx, MAX_TIMEOUT));
    Some(Source::Command { argv, timeout: timeout.flatten().unwrap_or(DEFAULT_TIMEOUT) })
}

fn read_name(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    what: &str,
    is_valid: fn(&str) -> bool,
) -> Option<String> {
    let help = format!("write the name of {what}");
    let name = entry.filled_text(cx, &help)?;
    if !is_valid(name) {
        let message =
            format!("{} is {}, which cannot be the name of {what}", entry.what(), Quoted(name));
        cx.report(entry.at(), PolicyErrorKind::InvalidSource, message).help(help);
        return None;
    }
    Some(name.to_owned())
}

/// Returns whether POSIX allows portable programs to use the name: ASCII letters, digits and `_`, no digit first.
fn is_env_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Returns whether systemd accepts the name: one component of a path, printable ASCII, no `:`.
fn is_credential_name(name: &str) -> bool {
    let is_allowed = |b: u8| matches!(b, b' '..=b'~') && b != b'/' && b != b':';
    name.len() <= 255 && name != "." && name != ".." && name.bytes().all(is_allowed)
}

const KEYS: &[&str] = &["command", "credential", "env", "file", "readable_by", "timeout"];

const HELP: &str = "name exactly one of `env`, `file`, `credential` and `command`";

const READABLE_BY: &[(&str, ReadableBy)] = &[
    ("owner", ReadableBy::Owner),
    ("group", ReadableBy::Group),
    ("everyone", ReadableBy::Everyone),
];
