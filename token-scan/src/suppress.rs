//! Suppresses findings that are accepted for a reason and, in a file of suppressions, until a date.

mod date;
mod entry;
mod file;
pub(crate) mod inline;

pub(crate) use self::date::today;
pub(crate) use self::entry::new_salt;
pub use self::entry::{Entry, EntryError};
pub(crate) use self::file::Suppressions;
