//! Reads the sources of texts: folders, git and readers.

mod git;
mod lock;
mod reader;
mod root;
mod tree;

pub use self::git::{Apart, Range, commit, git};
pub use self::root::Root;
