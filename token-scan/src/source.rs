//! Where texts come from.

mod diff;
mod git;
mod lock;
mod quoted;
mod reader;
mod tree;

pub use self::git::git;
