//! Reads a table of the policy file, and reports keys that it must not have.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use toml::de::DeTable;

use super::context::Context;
use super::entry::Entry;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;

/// A table whose unknown keys have been reported.
pub(super) struct Table<'d, 't> {
    entries: &'d DeTable<'t>,
    at: usize,
    /// What the table describes, for messages, such as "token kind `ci`".
    subject: String,
    /// The known keys that an unknown one was probably meant to be. These are not reported as missing.
    misspelt: Vec<&'static str>,
    has_unknown: bool,
}

impl<'d, 't> Table<'d, 't> {
    /// Opens a table and reports every key that is not in `known`. `at` is the byte offset at which a missing key will
    /// be reported.
    pub(super) fn open(
        cx: &mut Context<'_>,
        entries: &'d DeTable<'t>,
        at: usize,
        subject: impl Into<String>,
        known: &[&'static str],
    ) -> Table<'d, 't> {
        let mut table = Table {
            entries,
            at,
            subject: subject.into(),
            misspelt: Vec::new(),
            has_unknown: false,
        };
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            table.report_unknown(cx, key.get_ref(), key.span().start, known);
        }
        table
    }

    fn report_unknown(
        &mut self,
        cx: &mut Context<'_>,
        key: &str,
        at: usize,
        known: &[&'static str],
    ) {
        self.has_unknown = true;
        let absent = known.iter().copied().filter(|known| !self.entries.contains_key(*known));
        let meant = cx.nearest(key, absent).or_else(|| cx.nearest(key, known.iter().copied()));
        let help = match meant.and_then(|meant| known.iter().copied().find(|known| *known == meant))
        {
            Some(meant) => {
                self.misspelt.push(meant);
                format!("did you mean `{meant}`?")
            }
            None => format!("it may have `{}`", known.join("`, `")),
        };
        let message = format!("{} has the unknown key {}", self.subject, Quoted(key));
        cx.report(at, PolicyErrorKind::UnknownKey, message).help(help);
    }

    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns the byte offset at which a mistake about the whole table is reported.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Returns whether the table has an unknown key.
    pub(super) fn has_unknown(&self) -> bool {
        self.has_unknown
    }

    /// Returns the value of an optional key, or `None` if the table lacks it.
    pub(super) fn get(&self, key: &'static str) -> Option<Entry<'d, 't>> {
        self.entries.get(key).map(|value| Entry::new(value, format!("`{key}` of {}", self.subject)))
    }

    /// Returns the value of a required key. If the table lacks it, reports that and returns `None`.
    pub(super) fn require(
        &self,
        cx: &mut Context<'_>,
        key: &'static str,
        help: &str,
    ) -> Option<Entry<'d, 't>> {
        let entry = self.get(key);
        if entry.is_none() && !self.misspelt.contains(&key) {
            let message = format!("{} has no `{key}`", self.subject);
            cx.report(self.at, PolicyErrorKind::MissingKey, message).help(help);
        }
        entry
    }

    /// Returns whether an unknown key was probably meant to be `key`.
    pub(super) fn misspells(&self, key: &str) -> bool {
        self.misspelt.contains(&key)
    }

    /// Returns the byte offset of a key. If the table lacks the key, it is that of [`Table::at`].
    pub(super) fn key_at(&self, key: &str) -> usize {
        self.entries.get_key_value(key).map_or(self.at, |(key, _)| key.span().start)
    }
}
