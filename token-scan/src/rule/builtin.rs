//! The rules that come with the crate.

use super::{Rule, read};

/// One file per group of issuers.
const FILES: &[&str] = &[
    include_str!("../rules/ai.toml"),
    include_str!("../rules/checked.toml"),
    include_str!("../rules/cloud.toml"),
    include_str!("../rules/code.toml"),
    include_str!("../rules/generic.toml"),
    include_str!("../rules/keys.toml"),
    include_str!("../rules/money.toml"),
    include_str!("../rules/services.toml"),
    include_str!("../rules/talk.toml"),
];

/// The rules that come with the crate. A test reads them all, so none is missing.
pub(crate) fn builtin() -> Vec<Rule> {
    FILES.iter().flat_map(|file| read(file).unwrap_or_default()).collect()
}
