//! Holds what all parts of the reader share: the text, and the mistakes found so far.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::Salvaged;
use crate::hidden::is_misleading;
use crate::limits::MAX_ERRORS;
use crate::mark::Mark;
use crate::position::Lines;
use crate::{PolicyError, PolicyErrorKind, PolicyErrors, Position, nearest};

/// Collects mistakes. Their places are byte offsets; `report` turns each into a line and column.
pub(super) struct Context<'t> {
    text: &'t str,
    lines: Lines<'t>,
    /// The numbers of the lines with a direction mark. An editor may show such a line in another order than it is
    /// parsed.
    misleading: BTreeSet<usize>,
    errors: Vec<PolicyError>,
    omitted: usize,
}

impl<'t> Context<'t> {
    pub(super) fn new(text: &'t str) -> Context<'t> {
        let lines = Lines::of(text);
        Context { text, lines, misleading: BTreeSet::new(), errors: Vec::new(), omitted: 0 }
    }

    /// Records a mistake and returns a handle by which help can be added to it. If [`MAX_ERRORS`] are recorded already,
    /// the mistake is only counted, and the handle does nothing.
    ///
    /// A further mistake in a line with a direction mark is dropped: it would be about a text that the author doesn't
    /// see.
    pub(super) fn report(
        &mut self,
        at: usize,
        kind: PolicyErrorKind,
        message: impl Into<String>,
    ) -> Reported<'_> {
        if self.misleading.contains(&self.lines.number(at)) {
            return Reported(None);
        }
        self.note(at, kind, message.into())
    }

    fn note(&mut self, at: usize, kind: PolicyErrorKind, message: String) -> Reported<'_> {
        if self.is_full() {
            self.omitted += 1;
            return Reported(None);
        }
        self.errors.push(PolicyError { position: self.position(at), kind, message, help: None });
        Reported(self.errors.last_mut())
    }

    /// Returns the known word most like `word`, or `None` if none is like it. Returns `None` also once the list of
    /// errors is full, since the suggestion would not be shown.
    pub(super) fn nearest<'a>(
        &self,
        word: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if self.is_full() { None } else { nearest(word, known) }
    }

    /// Returns the line and column of a byte offset. A byte order mark doesn't count as a character of the first line.
    pub(super) fn position(&self, at: usize) -> Position {
        self.lines.position(at)
    }

    /// Returns the place of a span, and how many characters of its first line it covers.
    pub(super) fn mark(&self, span: Range<usize>) -> Mark {
        let end = span.end.min(self.line_end(span.start));
        let length = self.source(span.start..end).chars().count();
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        Mark { position: self.position(span.start), length }
    }

    /// Returns the line that contains the byte at `at`, without its line feed.
    pub(super) fn line(&self, at: usize) -> &'t str {
        self.source(self.lines.start_of(at)..self.line_end(at))
    }

    /// Returns the byte offset at which the line of `at` ends.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.lines.end_of(at)
    }

    /// Returns the byte offset at which the last line before the next table header ends, or the end of the text if no
    /// header follows.
    pub(super) fn end_of_block(&self, at: usize) -> usize {
        let mut later = self.lines.starts_after(at);
        let header = later.find(|start| self.line(*start).trim_start().starts_with('['));
        header.map_or(self.text.len(), |start| start - 1)
    }

    /// Returns this part of the text as it was written; an empty text if `span` is not within it.
    pub(super) fn source(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// Reports each line with a direction mark, in comments too, since a reviewer must see the text as it is parsed.
    pub(super) fn report_misleading_lines(&mut self) {
        for (at, c) in self.text.char_indices().filter(|(_, c)| is_misleading(*c)) {
            if self.misleading.insert(self.lines.number(at)) {
                let message =
                    format!("the policy has the hidden character `{}`", c.escape_unicode());
                self.note(at, PolicyErrorKind::HiddenCharacter, message).help("remove it");
            }
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    pub(super) fn into_errors(self, salvaged: Salvaged) -> PolicyErrors {
        PolicyErrors::new(self.errors, self.omitted, salvaged)
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }
}

/// A handle to the error that was just recorded, by which help can be added. It holds `None` if the error was dropped
/// or only counted.
pub(super) struct Reported<'a>(Option<&'a mut PolicyError>);

impl Reported<'_> {
    pub(super) fn help(self, help: impl Into<String>) {
        if let Some(error) = self.0 {
            error.help = Some(help.into());
        }
    }
}
