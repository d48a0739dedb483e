//! Knows which findings a file of suppressions accepts.

use std::collections::{BTreeMap, HashMap, HashSet};

use token_policy::Level;
use token_policy::report::{Finding, Place};

use super::entry::{self, Entry};
use crate::finding::to_u32;

/// The most keys that the entries of one rule and path may have. With each key a value is hashed once, so this bounds the
/// work for a finding. Entries that are written together have one key, so only merged branches add keys.
const KEYS: usize = 16;

/// Holds the entries of a file of suppressions.
#[derive(Default)]
pub(crate) struct Suppressions {
    /// The file's path, for findings about it.
    path: String,
    /// The entries, each with the number of its line.
    entries: Vec<(usize, Entry)>,
    /// For each entry, what becomes of it.
    fates: Vec<Fate>,
    /// By rule and path, the entries that have not expired.
    places: HashMap<String, HashMap<String, Keys>>,
    /// The names of all rules. If it is empty, the scan doesn't know which rules there are.
    rules: HashSet<String>,
}

/// By key and hash, the index of the first entry with both.
type Keys = BTreeMap<String, HashMap<String, usize>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Expired,
    /// Its rule and path have too many keys, so it accepts nothing.
    TooManyKeys,
    /// It accepts what the entry with this index accepts: itself, or an earlier one that is the same but for its end and
    /// reason.
    Same(usize),
}

impl Suppressions {
    pub(crate) fn read(path: &str, text: &str, today: i64) -> Result<Suppressions, crate::Error> {
        let mut read = Suppressions { path: path.to_owned(), ..Suppressions::default() };
        for (number, line) in text.lines().enumerate() {
            let Some(line) = entry::of_line(line) else { continue };
            let entry = Entry::parse(line)
                .map_err(|error| crate::Error::suppressions(path, number + 1, error.as_str()))?;
            let fate = read.place(&entry, today);
            read.fates.push(fate);
            read.entries.push((number + 1, entry));
        }
        Ok(read)
    }

    /// Tells which rules there are, so that an entry for another one can be reported.
    pub(crate) fn with_rules(self, rules: impl Iterator<Item = String>) -> Suppressions {
        Suppressions { rules: rules.collect(), ..self }
    }

    fn place(&mut self, entry: &Entry, today: i64) -> Fate {
        if entry.has_expired(today) {
            return Fate::Expired;
        }
        let number = self.entries.len();
        let paths = self.places.entry(entry.rule().to_owned()).or_default();
        let keys = paths.entry(entry.path().to_owned()).or_default();
        if keys.len() == KEYS && !keys.contains_key(entry.salt()) {
            return Fate::TooManyKeys;
        }
        let hashes = keys.entry(entry.salt().to_owned()).or_default();
        Fate::Same(*hashes.entry(entry.hash().to_owned()).or_insert(number))
    }

    fn keys(&self, rule: &str, path: &str) -> Option<&Keys> {
        self.places.get(rule)?.get(path)
    }

    /// Returns the indices of the entries that accept a value, one for each key. There may be several after two branches
    /// were merged. The work doesn't grow with the number of entries.
    pub(crate) fn matching(&self, rule: &str, path: &str, value: &[u8]) -> Vec<usize> {
        let keys = self.keys(rule, path).into_iter().flatten();
        keys.filter_map(|(salt, hashes)| hashes.get(&entry::hash(salt, rule, path, value)).copied())
            .collect()
    }

    /// Returns the key that entries of this rule and path have already, for further ones.
    pub(crate) fn key(&self, rule: &str, path: &str) -> Option<&str> {
        self.keys(rule, path)?.keys().next().map(String::as_str)
    }

    /// Returns why the entry with this index was made.
    pub(crate) fn reason(&self, number: usize) -> &str {
        self.entries.get(number).map_or("", |(_, entry)| entry.reason())
    }

    /// Returns findings about the entries themselves: those that have expired, those whose rule there is not, those that
    /// accept nothing for their many keys, and those that suppressed nothing although they could have. `used` holds the
    /// indices of entries that did suppress something; `could_be_used` says whether an entry could have.
    pub(crate) fn findings(
        &self,
        used: &[usize],
        could_be_used: impl Fn(&Entry) -> bool,
    ) -> Vec<Finding> {
        let used: HashSet<usize> = used.iter().copied().collect();
        let mut crowded = HashSet::new();
        let mut findings = Vec::new();
        for ((line, entry), fate) in self.entries.iter().zip(&self.fates) {
            let is_known = self.rules.is_empty() || self.rules.contains(entry.rule());
            let told = match fate {
                Fate::Expired => Some(&EXPIRED),
                _ if !is_known => Some(&UNKNOWN),
                // One finding is enough for all entries of a rule and path.
                Fate::TooManyKeys => {
                    crowded.insert((entry.rule(), entry.path())).then_some(&TOO_MANY_KEYS)
                }
                Fate::Same(first) if used.contains(first) || entry.is_of_history() => None,
                Fate::Same(_) => could_be_used(entry).then_some(&UNUSED),
            };
            findings.extend(told.map(|told| self.finding(*line, entry, told)));
        }
        findings
    }

    fn finding(&self, line: usize, entry: &Entry, told: &Told) -> Finding {
        let place = Place::new(self.path.as_str(), to_u32(line), 1);
        let finding = Finding::new(told.code, Level::Warn, told.message).at(place).fix(told.fix);
        finding.fact("rule", entry.rule()).fact("path", entry.path())
    }
}

/// What is said about an entry.
struct Told {
    code: &'static str,
    message: &'static str,
    fix: &'static str,
}

static EXPIRED: Told = Told {
    code: "suppression-expired",
    message: "this suppression has expired",
    fix: "remove the token, or decide again",
};

static UNKNOWN: Told = Told {
    code: "suppression-unknown-rule",
    message: "this suppression is for a rule that there is not",
    fix: "correct the name, or remove the line",
};

static TOO_MANY_KEYS: Told = Told {
    code: "suppression-too-many-keys",
    message: "entries of this rule and path have so many keys that this one is not read",
    fix: "remove the entries of this rule and path, and accept the findings again",
};

static UNUSED: Told = Told {
    code: "suppression-unused",
    message: "this suppression suppresses nothing",
    fix: "remove the line",
};
