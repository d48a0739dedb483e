//! Keeps what only the checks need: places in the file, and the `[checks]` table.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Level, Lifetime, Position};

/// A place in the policy file, and how many characters of its line it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) position: Position,
    pub(crate) length: u32,
}

/// An item in a list of scopes as it is written, and the scopes that it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) text: String,
    pub(crate) mark: Mark,
    pub(crate) scopes: Vec<String>,
}

/// The `[checks]` table. Its `max_lifetime` is `ceiling`, the longest lifetime that a kind may have without a finding.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckRules {
    pub(crate) ceiling: Option<Lifetime>,
    pub(crate) levels: Vec<LevelRule>,
    pub(crate) exceptions: Vec<Exception>,
}

/// The level that `[checks]` gives to a code. The code may be unknown, which the check `unmatched-check` reports.
#[derive(Clone, Debug)]
pub(crate) struct LevelRule {
    pub(crate) code: String,
    pub(crate) mark: Mark,
    pub(crate) level: Level,
}

/// An exception: findings that match it are left out. The file must give a reason, which is meant for people and is not
/// kept here.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) mark: Mark,
    pub(crate) code: String,
    pub(crate) kind: Option<String>,
    pub(crate) scope: Option<String>,
}

/// The places of a scope's name, and of the items in its `implies`.
#[derive(Clone, Debug)]
pub(crate) struct ScopeMarks {
    pub(crate) name: Mark,
    pub(crate) implies: Vec<Listed>,
}

/// The places of a kind's name, of its scopes, and of some of its values.
#[derive(Clone, Debug)]
pub(crate) struct KindMarks {
    pub(crate) name: Mark,
    pub(crate) scopes: Vec<Listed>,
    pub(crate) max_lifetime: Option<Mark>,
    pub(crate) owner: Option<Mark>,
    pub(crate) audience: Option<Mark>,
}
