//! Reads the sources of texts: folders, git and readers.

mod diff;
mod git;
mod lock;
mod quoted;
mod reader;
mod tree;

pub use self::git::git;
