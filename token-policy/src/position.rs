//! Says where in a policy file something stands.

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
