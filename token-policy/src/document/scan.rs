//! Reads the `[scan]` table.

use alloc::borrow::ToOwned;
use alloc::format;

use super::context::Context;
use super::entry::Entry;
use super::table::Table;
use crate::hidden::Quoted;
use crate::scan_rules::ScanRules;

/// Reads the version of the defaults and the levels. A value with a mistake is reported and left out.
///
/// A name that means nothing, and a version that is not known, are no mistakes here: a service may read a policy that was
/// written for a newer scanner. The scanner tells them.
pub(super) fn read(cx: &mut Context<'_>, root: &Table<'_, '_>) -> ScanRules {
    let mut rules = ScanRules::default();
    let Some(entries) = root.get("scan").and_then(|entry| entry.table(cx, HELP)) else {
        return rules;
    };
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        let entry = Entry::new(value, format!("{} of the scan", Quoted(name)));
        if name == "defaults" {
            rules.defaults = entry.integer_within(cx, 1..=u32::MAX);
        } else {
            rules.levels.extend(entry.level(cx).map(|level| (name.to_owned(), level)));
        }
    }
    rules.levels.sort();
    rules
}

const HELP: &str = "write it as `[scan]`";
