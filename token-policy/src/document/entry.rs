//! Reads one value of the policy file as the type that is wanted, and reports another type.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::context::Context;
use crate::hidden::{Quoted, is_hidden};
use crate::mark::Mark;
use crate::{Level, Lifetime, LifetimeError, PolicyErrorKind};

/// A value of the file, and how messages name it.
pub(super) struct Entry<'d, 't> {
    value: &'d Spanned<DeValue<'t>>,
    what: String,
}

impl<'d, 't> Entry<'d, 't> {
    pub(super) fn new(value: &'d Spanned<DeValue<'t>>, what: String) -> Entry<'d, 't> {
        Entry { value, what }
    }

    /// Returns the byte offset at which the value begins.
    pub(super) fn at(&self) -> usize {
        self.value.span().start
    }

    /// Returns where the value stands and how long it is.
    pub(super) fn mark(&self, cx: &Context<'_>) -> Mark {
        cx.mark(self.value.span())
    }

    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// Reads the value as a string without hidden characters. Reports anything else and returns `None`.
    pub(super) fn text(&self, cx: &mut Context<'_>, help: &str) -> Option<&'d str> {
        let Some(text) = self.value.get_ref().as_str() else {
            self.refuse_type(cx, "a string", help);
            return None;
        };
        self.check_visible(cx, text).then_some(text)
    }

    /// Reads the value as a string that is not empty. Reports anything else and returns `None`.
    pub(super) fn filled_text(&self, cx: &mut Context<'_>, help: &str) -> Option<&'d str> {
        let text = self.text(cx, help)?;
        if text.is_empty() {
            cx.report(self.at(), PolicyErrorKind::Empty, format!("{} is empty", self.what))
                .help(help);
            return None;
        }
        Some(text)
    }

    /// Reads the value as a span of time, such as `1h30m`. Reports anything else and returns `None`.
    pub(super) fn lifetime(&self, cx: &mut Context<'_>) -> Option<Lifetime> {
        let text = self.text(cx, LifetimeError::HELP)?;
        let refuse = |error: LifetimeError| {
            let message = format!("{} is {}, but {}", self.what, Quoted(text), error.problem());
            cx.report(self.at(), PolicyErrorKind::InvalidLifetime, message)
                .help(LifetimeError::HELP);
        };
        Lifetime::parse(text).map_err(refuse).ok()
    }

    /// Reads the value as a span of time from one second up to `longest`. Reports anything else and returns `None`.
    pub(super) fn lifetime_up_to(
        &self,
        cx: &mut Context<'_>,
        longest: Lifetime,
    ) -> Option<Lifetime> {
        let lifetime = self.lifetime(cx)?;
        if lifetime.is_zero() {
            cx.report(self.at(), PolicyErrorKind::OutOfRange, format!("{} is zero", self.what))
                .help("write at least one second");
            return None;
        }
        self.check_at_most(cx, lifetime, longest)
    }

    pub(super) fn check_at_most(
        &self,
        cx: &mut Context<'_>,
        value: Lifetime,
        longest: Lifetime,
    ) -> Option<Lifetime> {
        if value > longest {
            let message = format!("{} is {value}, which is more than {longest}", self.what);
            cx.report(self.at(), PolicyErrorKind::OutOfRange, message)
                .help(format!("write at most \"{longest}\""));
            return None;
        }
        Some(value)
    }

    /// Reads the value as one of `words`, and returns what is given beside that word. Reports any other value and
    /// returns `None`.
    pub(super) fn word<T: Copy>(&self, cx: &mut Context<'_>, words: &[(&str, T)]) -> Option<T> {
        let known = || words.iter().map(|(word, _)| *word);
        let choices = format!("write \"{}\"", known().collect::<Vec<_>>().join("\" or \""));
        let text = self.text(cx, &choices)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let help = cx
                .nearest(text, known())
                .map_or(choices, |word| format!("did you mean \"{word}\"?"));
            let message = format!("{} is {}, which has no meaning", self.what, Quoted(text));
            cx.report(self.at(), PolicyErrorKind::UnknownValue, message).help(help);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// Reads the value as the word for a level. Reports any other value and returns `None`.
    pub(super) fn level(&self, cx: &mut Context<'_>) -> Option<Level> {
        let levels = [Level::Allow, Level::Warn, Level::Deny];
        self.word(cx, &levels.map(|level| (level.as_str(), level)))
    }

    /// Reads the value as an array that is not empty, and returns its items. Reports anything else and returns `None`.
    pub(super) fn items(&self, cx: &mut Context<'_>, help: &str) -> Option<Vec<Entry<'d, 't>>> {
        let Some(items) = self.value.get_ref().as_array() else {
            self.refuse_type(cx, "an array", help);
            return None;
        };
        if items.is_empty() {
            cx.report(self.at(), PolicyErrorKind::Empty, format!("{} is empty", self.what))
                .help(help);
            return None;
        }
        let item = |value: &'d Spanned<DeValue<'t>>| {
            Entry::new(value, format!("an item in {}", self.what))
        };
        Some(items.iter().map(item).collect())
    }

    /// Reads the value as a boolean. Reports anything else and returns `None`.
    pub(super) fn boolean(&self, cx: &mut Context<'_>) -> Option<bool> {
        let value = self.value.get_ref().as_bool();
        if value.is_none() {
            self.refuse_type(cx, "a boolean", "write `true` or `false`, without quotes");
        }
        value
    }

    /// Reads the value as an integer within `range`. Reports anything else and returns `None`.
    pub(super) fn integer_within(
        &self,
        cx: &mut Context<'_>,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let help = format!("write a number from {} to {}", range.start(), range.end());
        let DeValue::Integer(number) = self.value.get_ref() else {
            self.refuse_type(cx, "an integer", &help);
            return None;
        };
        let value = u32::from_str_radix(number.as_str(), number.radix()).ok();
        let value = value.filter(|value| range.contains(value));
        if value.is_none() {
            let message = format!("{} is {number}, which is out of range", self.what);
            cx.report(self.at(), PolicyErrorKind::OutOfRange, message).help(help);
        }
        value
    }

    /// Reads the value as a table. Reports anything else and returns `None`.
    pub(super) fn table(&self, cx: &mut Context<'_>, help: &str) -> Option<&'d DeTable<'t>> {
        let table = self.value.get_ref().as_table();
        if table.is_none() {
            self.refuse_type(cx, "a table", help);
        }
        table
    }

    /// Returns whether the value is a string, which is the short form of some tables.
    pub(super) fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub(super) fn refuse_type(&self, cx: &mut Context<'_>, wanted: &str, help: &str) {
        let message =
            format!("{} must be {wanted}, not {}", self.what, type_name(self.value.get_ref()));
        cx.report(self.at(), PolicyErrorKind::WrongType, message).help(help);
    }

    /// Reports the first hidden character, if there is one; an escape such as `\u202E` can put it into a string.
    /// Returns whether there is none.
    fn check_visible(&self, cx: &mut Context<'_>, text: &str) -> bool {
        let hidden = text.chars().find(|c| is_hidden(*c));
        if let Some(c) = hidden {
            let message =
                format!("{} has the hidden character `{}`", self.what, c.escape_unicode());
            cx.report(self.at(), PolicyErrorKind::HiddenCharacter, message)
                .help("write it on one line, without it");
        }
        hidden.is_none()
    }
}

/// Returns the type of a value, as messages name it.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Array(_) => "an array",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Float(_) => "a float",
        DeValue::Integer(_) => "an integer",
        DeValue::String(_) => "a string",
        DeValue::Table(_) => "a table",
    }
}
