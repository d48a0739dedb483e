//! Decides which findings fail a run: by the sort of a finding, by its rule, and by what policies and callers say.

use std::collections::BTreeMap;

use token_policy::{Level, ScanRules};

use crate::Error;
use crate::rule::Sort;

/// The version of the default levels where nobody says one. It stays the same in later versions of this crate, so that
/// an upgrade fails no build unannounced.
const STANDARD: u32 = 2;
/// The latest version of the default levels.
const LATEST: u32 = 2;

/// The levels of a scan's findings.
#[derive(Default)]
pub(crate) struct Levels {
    /// What policies say. Of several policies the strictest counts.
    said: BTreeMap<String, Level>,
    /// What the caller asks for. It counts in place of what policies say.
    asked: BTreeMap<String, Level>,
    defaults: Option<u32>,
}

impl Levels {
    pub(crate) fn add(&mut self, rules: &ScanRules) {
        for (name, level) in rules.levels() {
            let said = self.said.entry(name.to_owned()).or_insert(level);
            *said = level.max(*said);
        }
        self.defaults = self.defaults.max(rules.defaults());
    }

    pub(crate) fn ask(&mut self, name: &str, level: Level) {
        self.asked.insert(name.to_owned(), level);
    }

    /// Fails if a policy asks for default levels of a version that is not known here.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.defaults {
            Some(version) if version > LATEST => Err(Error::defaults(version, LATEST)),
            _ => Ok(()),
        }
    }

    /// Returns the level of the findings of this sort with this code. What is said about the code counts before what is
    /// said about the sort.
    pub(crate) fn of(&self, sort: Sort, code: &str) -> Level {
        let given = [&self.asked, &self.said]
            .into_iter()
            .find_map(|levels| levels.get(code).or_else(|| levels.get(sort.as_str())));
        given.copied().unwrap_or_else(|| self.standard(sort))
    }

    fn standard(&self, sort: Sort) -> Level {
        match (sort, self.defaults.unwrap_or(STANDARD)) {
            (Sort::Certain, _) | (Sort::Specific, 2..) => Level::Deny,
            (Sort::Specific | Sort::Guess, _) => Level::Warn,
        }
    }

    /// Yields the names that levels are given to.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.asked.keys().chain(self.said.keys()).map(String::as_str)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use token_policy::Policy;

    use super::*;

    const SORTS: [Sort; 3] = [Sort::Certain, Sort::Specific, Sort::Guess];

    fn of(tables: &[&str]) -> Levels {
        let mut levels = Levels::default();
        for table in tables {
            let policy = Policy::parse(&format!("version = 1\n[scan]\n{table}")).unwrap();
            levels.add(policy.scan());
        }
        levels
    }

    #[test]
    fn the_defaults_have_versions() {
        use Level::{Deny, Warn};
        for (table, expected) in [
            ("", [Deny, Deny, Warn]),
            ("defaults = 2", [Deny, Deny, Warn]),
            ("defaults = 1", [Deny, Warn, Warn]),
        ] {
            assert_eq!(SORTS.map(|sort| of(&[table]).of(sort, "x")), expected, "{table}");
        }
        assert!(of(&["defaults = 2"]).check().is_ok());
        assert!(of(&["defaults = 3"]).check().is_err());
    }

    #[test]
    fn the_strictest_policy_counts_and_the_caller_before_all() {
        let mut levels = of(&["guess = 'deny'\nx = 'allow'", "guess = 'warn'\nx = 'warn'"]);
        assert_eq!(levels.of(Sort::Guess, "y"), Level::Deny);
        assert_eq!(levels.of(Sort::Specific, "x"), Level::Warn);
        assert_eq!(levels.of(Sort::Specific, "y"), Level::Deny);
        levels.ask("guess", Level::Allow);
        levels.ask("z", Level::Deny);
        assert_eq!(levels.of(Sort::Guess, "y"), Level::Allow);
        // The policies speak of the rule, but the caller was asked last.
        assert_eq!(levels.of(Sort::Guess, "x"), Level::Allow);
        assert_eq!(levels.of(Sort::Guess, "z"), Level::Deny);
    }
}
