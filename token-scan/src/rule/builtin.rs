//! Holds the rules that come with the crate.

use super::{Rule, Sort, read};

/// The files of rules, one per group of issuers.
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

/// The files that have rules whose findings are certain.
const CERTAIN: &[&str] =
    &[include_str!("../rules/checked.toml"), include_str!("../rules/keys.toml")];

/// Returns the rules that come with the crate. A test reads all files, so that no rule is left out unnoticed.
pub(crate) fn builtin() -> Vec<Rule> {
    FILES.iter().flat_map(|file| read(file).unwrap_or_default()).collect()
}

/// Returns those rules that come with the crate and whose findings are certain.
pub(crate) fn certain() -> Vec<Rule> {
    let rules = CERTAIN.iter().flat_map(|file| read(file).unwrap_or_default());
    rules.filter(|rule| rule.sort == Sort::Certain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_certain_rule_is_missing() {
        let ids = |rules: Vec<Rule>| rules.into_iter().map(|rule| rule.id).collect::<Vec<_>>();
        let all = builtin().into_iter().filter(|rule| rule.sort == Sort::Certain);
        assert_eq!(ids(certain()), ids(all.collect()));
        assert!(certain().len() > 5);
    }
}
