//! Reads from the audit log of an environment which tokens are live.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use time::UtcDateTime;
use token_audit::{Action, OpenToken, OpenTokens, Reader, Record};

use super::kinds::Kinds;
use super::live::{Evidence, Id, Live};
use crate::commands::audit::keys;
use crate::failure::Failure;
use crate::output::{Output, Watch, number};

/// The audit log of an environment.
#[derive(Args)]
pub(super) struct LogArguments {
    /// The audit log of the environment: its creations that are not closed are the live tokens
    #[arg(long, value_name = "DIR", requires_all = ["key", "environment"])]
    log: Option<PathBuf>,
    /// A file with the log's verifying key
    #[arg(long, value_name = "FILE", requires = "log")]
    key: Option<PathBuf>,
}

impl LogArguments {
    /// Reads the log, if one was given. `locked` are the tokens of which it is asked whether they have ended.
    pub(super) fn read(
        &self,
        locked: &BTreeSet<Id>,
        now: UtcDateTime,
        output: &Output,
    ) -> Result<Option<Heard>, Failure> {
        let (Some(directory), Some(key)) = (&self.log, &self.key) else { return Ok(None) };
        let reader = keys::open(directory, &keys::read(key)?)?;
        let watch = Watch::new(output, || "reading the log".to_owned());
        let heard = Heard::of(reader, locked, now)?;
        drop(watch);
        let unsealed = heard.reader.unsealed()?.len();
        if unsealed > 0 {
            let records = number(unsealed, "record");
            output.note(&format!("note: {records} not under a checkpoint yet: not looked at"));
        }
        Ok(Some(heard))
    }
}

/// What a log says.
pub(super) struct Heard {
    reader: Reader,
    open: OpenTokens,
    /// Of the tokens that were asked for: those that the log saw come into existence.
    created: BTreeSet<Id>,
    /// Of the tokens that were asked for: those that were revoked, or found expired.
    stopped: BTreeSet<Id>,
}

impl Heard {
    fn of(reader: Reader, locked: &BTreeSet<Id>, now: UtcDateTime) -> Result<Heard, Failure> {
        let (mut created, mut stopped) = (BTreeSet::new(), BTreeSet::new());
        let mut open = OpenTokens::at(now);
        for record in reader.records() {
            let record = record?;
            open.apply(&record);
            let Some(id) = id_of(&record).filter(|id| locked.contains(id)) else { continue };
            match record.event.action {
                Action::Created => created.insert(id),
                Action::Revoked { .. } | Action::Expired { .. } => stopped.insert(id),
                _ => false,
            };
        }
        Ok(Heard { reader, open, created, stopped })
    }

    /// Returns the log's name.
    #[cfg(feature = "registry")]
    pub(super) fn name(&self) -> &str {
        self.reader.checkpoint().origin()
    }

    /// Returns the open tokens that were not narrowed from another one: those live and end with it.
    pub(super) fn open(&self) -> impl Iterator<Item = &OpenToken> {
        self.open.iter().filter(|token| {
            matches!(token.event.action, Action::Created | Action::Admitted)
                && token.event.parent.is_none()
        })
    }

    /// Returns the record at an index, or `None` if the log has none there.
    pub(super) fn record(&self, index: u64) -> Result<Option<Record>, Failure> {
        match index < self.reader.checkpoint().size() {
            true => Ok(Some(self.reader.record(index)?)),
            false => Ok(None),
        }
    }

    /// Returns whether the log says that a token has ended. That a process holds it no more is not its end.
    pub(super) fn has_ended(&self, id: &Id) -> bool {
        let mut openings = self.open().filter(|token| of(token) == Some(*id));
        match self.created.contains(id) {
            true => !openings.any(|token| token.event.action == Action::Created),
            false => self.stopped.contains(id) && openings.next().is_none(),
        }
    }

    /// Adds to the evidence the tokens that the log saw come into existence, and those that have ended.
    pub(super) fn tell(
        &self,
        kinds: &Kinds<'_>,
        locked: &BTreeSet<Id>,
        evidence: &mut Evidence,
        output: &Output,
    ) {
        locked.iter().filter(|id| self.has_ended(id)).for_each(|id| evidence.ended(*id));
        // The first creation of a token counts.
        let mut created: BTreeMap<Id, Live> = BTreeMap::new();
        let (mut held, mut unnamed) = (BTreeSet::new(), 0);
        for token in self.open() {
            let Some((slot, kind)) = kinds.listed(&token.event.kind) else { continue };
            let Some(id) = of(token) else {
                unnamed += 1;
                continue;
            };
            if token.event.action != Action::Created {
                held.insert(id);
                continue;
            }
            let mut live = Live::new(slot.clone(), id);
            let never = kind.max_lifetime().is_none().then_some(None);
            live.expires = token.event.expires_at.map(Some).or(never);
            live.born = Some(token.since);
            live.log = Some(token.opened);
            created.entry(id).or_insert(live);
        }
        held.retain(|id| !created.contains_key(id) && !locked.contains(id));
        created.into_values().for_each(|live| evidence.live(live));
        note(held.len(), "was not made here: a report says when it expires (`--report`)", output);
        note(unnamed, "could be guessed, and has no id: it cannot be locked", output);
    }
}

fn note(count: usize, why: &str, output: &Output) {
    if count > 0 {
        output.note(&format!("note: {} in the log left out: each {why}", number(count, "token")));
    }
}

pub(super) fn of(token: &OpenToken) -> Option<Id> {
    token.event.token.map(|id| *id.as_bytes())
}

fn id_of(record: &Record) -> Option<Id> {
    record.event.token.map(|id| *id.as_bytes())
}
