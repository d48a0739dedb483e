//! Places that only the checks look at.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Level, Lifetime, Position};

/// Where something stands, and over how many characters of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) position: Position,
    pub(crate) length: u32,
}

/// An item in a list of scopes, and the scopes that it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) text: String,
    pub(crate) mark: Mark,
    pub(crate) scopes: Vec<String>,
}

/// The `[checks]` table.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckRules {
    pub(crate) ceiling: Option<Lifetime>,
    pub(crate) levels: Vec<LevelRule>,
    pub(crate) exceptions: Vec<Exception>,
}

/// What level the findings of a code have. Whether there is such a code, a check says.
#[derive(Clone, Debug)]
pub(crate) struct LevelRule {
    pub(crate) code: String,
    pub(crate) mark: Mark,
    pub(crate) level: Level,
}

/// A finding that is not told. Its reason is for people, so it is only required, not kept.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) mark: Mark,
    pub(crate) code: String,
    pub(crate) kind: Option<String>,
    pub(crate) scope: Option<String>,
}

/// Where the parts of a scope stand.
#[derive(Clone, Debug)]
pub(crate) struct ScopeMarks {
    pub(crate) name: Mark,
    pub(crate) implies: Vec<Listed>,
}

/// Where the parts of a kind stand.
#[derive(Clone, Debug)]
pub(crate) struct KindMarks {
    pub(crate) name: Mark,
    pub(crate) scopes: Vec<Listed>,
    pub(crate) max_lifetime: Option<Mark>,
    pub(crate) owner: Option<Mark>,
    pub(crate) audience: Option<Mark>,
}
