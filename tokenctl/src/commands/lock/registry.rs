//! Reads from the registry of an issuer which tokens are live.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use time::UtcDateTime;
use token_issue::registry::{Rule, Sqlite};
use token_issue::{Row, State};

use super::kinds::Kinds;
use super::live::{Evidence, Id, Live};
use crate::failure::Failure;

/// The registry of an environment.
#[derive(Args)]
pub(super) struct RegistryArguments {
    /// The registry of the environment's issuer, a SQLite file of token-issue; it is only read
    #[arg(long, value_name = "FILE", requires = "environment")]
    registry: Option<PathBuf>,
}

impl RegistryArguments {
    /// Reads the rows of the kinds whose tokens have lines, if a registry was given.
    pub(super) fn read(&self, kinds: &Kinds<'_>) -> Result<Option<Rows>, Failure> {
        let Some(path) = &self.registry else { return Ok(None) };
        let shown = path.to_string_lossy();
        path.symlink_metadata().map_err(|error| Failure::at(&shown, &error))?;
        let mut rows = Vec::new();
        for (slot, _) in kinds.all_listed() {
            rows.extend(of_kind(path, &shown, slot.kind())?);
        }
        Ok(Some(Rows(rows)))
    }
}

fn of_kind(path: &Path, shown: &str, kind: &str) -> Result<Vec<Row>, Failure> {
    Sqlite::rows(path, &Rule::all().kind(kind)).map_err(|error| Failure::within(shown, error))
}

/// What a registry says.
pub(super) struct Rows(Vec<Row>);

impl Rows {
    /// Returns the tokens that are live, but for those that were narrowed from another one: they end with it.
    pub(super) fn live(&self, now: UtcDateTime) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(move |row| is_live(row, now) && row.parent.is_none())
    }

    pub(super) fn row(&self, id: &Id) -> Option<&Row> {
        self.0.iter().find(|row| row.token.as_bytes() == id)
    }

    /// Adds to the evidence the live tokens, and those of the lock that have ended. `log` is the name of the log that was
    /// given: the index in another one is not told.
    pub(super) fn tell(
        &self,
        kinds: &Kinds<'_>,
        locked: &BTreeSet<Id>,
        log: Option<&str>,
        now: UtcDateTime,
        evidence: &mut Evidence,
    ) {
        for row in self.0.iter().filter(|row| locked.contains(row.token.as_bytes())) {
            if !is_live(row, now) {
                evidence.ended(*row.token.as_bytes());
            }
        }
        for row in self.live(now) {
            let Some((slot, _)) = kinds.listed(&row.kind) else { continue };
            let mut live = Live::new(slot.clone(), *row.token.as_bytes());
            live.expires = Some(Some(row.expires_at));
            live.born = Some(row.minted_at);
            let origin = row.origin.as_ref();
            live.log = origin.filter(|it| log.is_none_or(|log| log == it.log)).map(|it| it.index);
            evidence.live(live);
        }
    }
}

pub(super) fn is_live(row: &Row, now: UtcDateTime) -> bool {
    row.state == State::Live && row.expires_at > now
}
