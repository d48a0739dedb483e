//! Says where in a policy file something stands.

#[cfg(feature = "parse")]
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// A place in a policy file. Line and column count from 1, and the column counts characters, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of the line, from 1.
    pub line: u32,
    /// The number of the character in the line, from 1.
    pub column: u32,
}

impl Position {
    /// The first character of a file.
    pub const START: Position = Position { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The lines of a text, by which a byte offset becomes a [`Position`].
#[cfg(feature = "parse")]
pub(crate) struct Lines<'t> {
    text: &'t str,
    /// The byte offset at which each line begins.
    starts: Vec<usize>,
}

#[cfg(feature = "parse")]
impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Lines<'t> {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = core::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect();
        Lines { text, starts }
    }

    /// Returns the line and column of a byte offset. A byte order mark doesn't count as a character of the first line.
    pub(crate) fn position(&self, at: usize) -> Position {
        let line = self.number(at);
        // The parser may name a byte inside a character. The column is then that of the character.
        let end = (0..=at.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at));
        let before = self.text.get(self.start_of(at)..end.unwrap_or(0)).unwrap_or_default();
        let column = before.trim_start_matches('\u{FEFF}').chars().count() + 1;
        Position { line: to_u32(line), column: to_u32(column) }
    }

    /// Returns the number of the line that contains the byte at `at`, from 1.
    pub(crate) fn number(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Returns the byte offset at which the line of `at` begins.
    pub(crate) fn start_of(&self, at: usize) -> usize {
        self.starts.get(self.number(at) - 1).copied().unwrap_or(0)
    }

    /// Returns the byte offset at which the line of `at` ends, before its line feed.
    pub(crate) fn end_of(&self, at: usize) -> usize {
        self.starts.get(self.number(at)).map_or(self.text.len(), |next| next - 1)
    }

    /// Iterates over the byte offsets at which the lines after that of `at` begin.
    pub(crate) fn starts_after(&self, at: usize) -> impl Iterator<Item = usize> {
        self.starts.iter().skip(self.number(at)).copied()
    }
}

/// Converts the number of a line or column. It is never cut off, since no text that is read has that many bytes.
#[cfg(feature = "parse")]
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A value and the place where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    value: T,
    position: Position,
}

impl<T> Spanned<T> {
    /// Makes a value that stands at `position`.
    pub const fn new(value: T, position: Position) -> Spanned<T> {
        Spanned { value, position }
    }

    /// Returns the value.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Returns the place of the value's first character, which for a string is the opening quote.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the value without its place.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
