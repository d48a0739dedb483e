//! What was made again, and what nobody can know.

use std::{collections::BTreeMap, fmt};

use token_core::record::Epoch;

use super::{Unread, facts::Facts, walk::Walk};
use crate::error::Error;

/// What [`Reconcile::run`](super::Reconcile::run) did, and what it could not know. `Display` says all of it in words.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use = "it says whether the registry has all that the sources tell"]
pub struct ReconcileReport {
    /// How far the registry has come.
    pub at: Option<Epoch>,
    /// How many tokens this run revoked since a source has them as revoked or used up, with all that descend from them. Those that a rule
    /// ends do not count here.
    pub revoked: u64,
    /// How many tokens this run revoked since they may be used once, and nothing tells that they are unused.
    pub perhaps_used: u64,
    /// How many tokens that a source has as revoked were revoked before, or by a rule.
    pub already_revoked: u64,
    /// How many tokens whose end is on record have no row: they are refused as unknown.
    pub unknown: u64,
    /// How many rules this run made again.
    pub rules: u64,
    /// How many of them end more tokens than at first: the record has the number up to which they counted in words only.
    pub wider_rules: u64,
    /// How many rules that the registry lacks had no living row to end.
    pub rules_without_rows: u64,
    /// How many tokens are open on record and have no row, since they were minted after the backup. They are refused as unknown; whoever
    /// has one needs a new one.
    pub lost_tokens: u64,
    /// The logs that opened tokens of the registry and were not given, with the number of their rows that have not expired. What only
    /// they tell is not known.
    pub missing_logs: BTreeMap<String, u64>,
    /// The logs that were given, in their order.
    pub logs: Vec<LogReport>,
    /// The copies that were given, in their order.
    pub copies: Vec<CopyReport>,
}

/// What is known of a log that was given.
#[derive(Debug)]
#[non_exhaustive]
pub struct LogReport {
    /// Its name.
    pub name: String,
    /// How many records were read.
    pub records: u64,
    /// Why not all records were read.
    pub unread: Option<Unread>,
    /// How many records have an event that this version does not know, and that may be a revocation.
    pub unknown_events: u64,
    /// Whether the log has more records than were given.
    pub is_short: bool,
    /// Whether it was only read, so that its issuer is not started by this.
    pub is_copy: bool,
}

/// What is known of a copy that was given.
#[derive(Debug)]
#[non_exhaustive]
pub struct CopyReport {
    /// Its name.
    pub name: String,
    /// How far it had come. What was revoked later it does not tell.
    pub at: Option<Epoch>,
    /// Whether it was in recovery.
    pub in_recovery: bool,
    /// Up to which number its history was pruned. What is pruned had expired.
    pub pruned_to: Option<u64>,
    /// How many rows of the registry it has, too. With none of them it is no copy of this registry.
    pub common: u64,
    /// Why it was not read to its end.
    pub unread: Option<Error>,
}

impl ReconcileReport {
    /// Whether the registry now has every revocation that the given sources tell. It says nothing about sources that were not given.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.logs.iter().all(LogReport::is_whole)
            && self.copies.iter().all(|copy| copy.unread.is_none())
    }
}

impl LogReport {
    pub(super) fn of(facts: Facts) -> Self {
        Self {
            is_copy: facts.log.is_none(),
            name: facts.name,
            records: facts.records,
            unread: facts.unread,
            unknown_events: facts.unknown,
            is_short: facts.is_short,
        }
    }

    /// Whether all that stands in it was read and understood.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unread.is_none() && self.unknown_events == 0 && !self.is_short
    }
}

impl CopyReport {
    pub(super) fn of(walk: Walk) -> Self {
        Self {
            at: walk.answer.map(|answer| answer.at),
            in_recovery: walk.answer.is_some_and(|answer| answer.in_recovery),
            pruned_to: walk.answer.map(|answer| answer.pruned_to),
            name: walk.name,
            common: walk.common,
            unread: walk.unread,
        }
    }
}

impl fmt::Display for ReconcileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_complete() {
            true => writeln!(f, "the registry has every revocation that the given sources tell")?,
            false => writeln!(
                f,
                "INCOMPLETE: a source was not read to its end, so revocations may still be lost"
            )?,
        }
        let Self { revoked, perhaps_used, already_revoked, unknown, rules, .. } = self;
        writeln!(f, "revoked again: {revoked} tokens, and those that {rules} rules match")?;
        writeln!(f, "revoked because they may have been used: {perhaps_used} tokens for one use")?;
        writeln!(f, "revoked before: {already_revoked}; ended and without a row: {unknown}")?;
        if self.wider_rules > 0 {
            writeln!(
                f,
                "{} rules end more than at first: all tokens of that kind and subject",
                self.wider_rules
            )?;
        }
        writeln!(f, "minted after the backup, refused as unknown: {} tokens", self.lost_tokens)?;
        self.logs.iter().try_for_each(|log| write!(f, "{log}"))?;
        self.copies.iter().try_for_each(|copy| write!(f, "{copy}"))?;
        for (name, rows) in &self.missing_logs {
            writeln!(
                f,
                "NOT GIVEN: log `{name}`, which opened {rows} tokens of the registry; what only it tells is not known"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for LogReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log `{}`: {} records", self.name, self.records)?;
        if let Some(error) = &self.unread {
            write!(f, ", NOT READ FURTHER: {error}")?;
        }
        if self.unknown_events > 0 {
            write!(
                f,
                ", {} OF AN EVENT that only a newer version knows: use that",
                self.unknown_events
            )?;
        }
        if self.is_short {
            f.write_str(", AND IT HAS MORE: give all of them")?;
        }
        if self.is_copy {
            f.write_str(", only read: its issuer does not start by this")?;
        }
        writeln!(f)
    }
}

impl fmt::Display for CopyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "copy `{}`: {} rows in common", self.name, self.common)?;
        if let Some(at) = self.at {
            write!(f, ", up to revocation {}", at.n)?;
        }
        if self.in_recovery {
            f.write_str(", in recovery: it may be behind the registry that is lost")?;
        }
        if let Some(error) = &self.unread {
            write!(f, ", NOT READ FURTHER: {error}")?;
        }
        if self.common == 0 {
            f.write_str(", SO IT MAY BE ANOTHER REGISTRY")?;
        }
        writeln!(f)
    }
}
