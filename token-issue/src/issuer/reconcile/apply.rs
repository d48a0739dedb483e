//! Makes the lost revocations again, and puts on record that this is done.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use token_core::{
    TokenId, UtcDateTime,
    record::{Action, Epoch, Event},
};

use super::{
    facts::{Facts, RECONCILED},
    report::{CopyReport, LogReport, ReconcileReport},
    walk::{Pages, Walk, asked},
};
use crate::{
    Registry,
    deadline::Deadline,
    error::{Cause, Error, Place},
    issuer::{closing::wait, shared::late, start::is_lost},
    registry::{Answer, Rule},
    row::{Row, State},
};

pub(super) struct Run<'r> {
    pub(super) registry: &'r dyn Registry,
    pub(super) logs: Vec<Facts>,
    pub(super) copies: Vec<Walk>,
    pub(super) once: BTreeSet<String>,
    /// What expired by then has expired for everybody.
    pub(super) expired: UtcDateTime,
    pub(super) actor: Option<String>,
    pub(super) deadline: Duration,
    pub(super) report: ReconcileReport,
}

impl Run<'_> {
    pub(super) fn run(mut self) -> Result<ReconcileReport, Error> {
        let found = self.ask(ANY)?;
        if found.in_recovery {
            return Err(Cause::InRecovery.into());
        }
        let lost = self.lost()?;
        self.begin_history(&lost)?;
        self.make_rules(&lost)?;
        self.make_rules_of_copies(found.at)?;
        self.revoke_tokens()?;
        let at = self.ask(ANY)?.at;
        self.put_on_record(&lost, at)?;
        self.report.at = Some(at);
        Ok(self.told())
    }

    fn ask(&self, own: Epoch) -> Result<Answer, Error> {
        Ok(asked(self.registry.poll(own), self.deadline)?.answer)
    }

    /// Of each log the epochs on record that the registry lacks. Two calls that revoke at once may be on record in the other order, so a
    /// known epoch does not end the search at once.
    fn lost(&self) -> Result<Vec<HashSet<Epoch>>, Error> {
        self.logs.iter().map(|log| self.lost_of(log)).collect()
    }

    fn lost_of(&self, log: &Facts) -> Result<HashSet<Epoch>, Error> {
        let (mut lost, mut known) = (HashSet::new(), 0);
        for told in log.epochs.iter().rev() {
            if is_lost(told.at, &self.ask(told.at)?) {
                lost.insert(told.at);
                continue;
            }
            known += 1;
            if told.settles || known >= AT_ONCE {
                break;
            }
        }
        Ok(lost)
    }

    /// Takes a number that is in no other history, by a rule that matches nothing. Verifiers that have missed all of it forget what they
    /// know, such as tokens whose rows are lost and that could not be revoked. It comes first: the registry forgets such a rule soon, and
    /// with it the marks of all that came before, and the loss must stay known to a log that was not given.
    fn begin_history(&self, lost: &[HashSet<Epoch>]) -> Result<(), Error> {
        if lost.iter().any(|lost| !lost.is_empty()) {
            asked(self.registry.revoke_matching(Rule::all().born_before(0)), self.deadline)?;
        }
        Ok(())
    }

    fn make_rules(&mut self, lost: &[HashSet<Epoch>]) -> Result<(), Error> {
        let mut lost_rules = Vec::new();
        for (log, lost) in self.logs.iter().zip(lost) {
            let rules = log.rules.iter().filter(|rule| lost.contains(&rule.at));
            lost_rules.extend(rules.map(|rule| (rule.rule.clone(), rule.is_wider)));
        }
        lost_rules.into_iter().try_for_each(|(rule, is_wider)| self.make_rule(rule, is_wider))
    }

    /// Makes a rule, if there is a row that it would end. So it is not made twice.
    fn make_rule(&mut self, rule: Rule, is_wider: bool) -> Result<(), Error> {
        let mut pages = Pages::of(self.registry, rule.clone(), self.deadline);
        let mut ends_one = false;
        while let (false, Some(row)) = (ends_one, pages.next()?) {
            ends_one = !is_revoked(&row) && row.expires_at > self.expired;
        }
        if ends_one {
            asked(self.registry.revoke_matching(rule), self.deadline)?;
            self.report.rules += 1;
            self.report.wider_rules += u64::from(is_wider);
        } else {
            self.report.rules_without_rows += 1;
        }
        Ok(())
    }

    /// A copy that has this registry's history to its own end tells its rules as such. Without that they are found token by token.
    fn make_rules_of_copies(&mut self, common: Epoch) -> Result<(), Error> {
        for copy in 0..self.copies.len() {
            for rule in self.rules_of(copy, common) {
                self.make_rule(rule, false)?;
            }
        }
        Ok(())
    }

    fn rules_of(&mut self, copy: usize, common: Epoch) -> Vec<Rule> {
        let (mut own, mut rules) = (common, Vec::new());
        let Some(copy) = self.copies.get_mut(copy) else { return rules };
        loop {
            let feed = match asked(copy.registry.poll(own), self.deadline) {
                Ok(feed) => feed,
                Err(error) => {
                    copy.unread = Some(error);
                    return rules;
                }
            };
            copy.answer.get_or_insert(feed.answer);
            rules.extend(feed.rules);
            if feed.listed == own {
                return rules;
            }
            own = feed.listed;
        }
    }

    /// Goes through all rows of the registry, and through the copies beside it.
    fn revoke_tokens(&mut self) -> Result<(), Error> {
        let mut ended: HashMap<TokenId, bool> = HashMap::new();
        let mut open: HashSet<TokenId> = HashSet::new();
        for log in &self.logs {
            open.extend(log.open());
            for (token, is_revoked) in &log.ended {
                *ended.entry(*token).or_default() |= is_revoked;
            }
        }
        open.retain(|token| !ended.contains_key(token));
        let mut missing = BTreeMap::<String, u64>::new();
        let mut pages = Pages::of(self.registry, Rule::all(), self.deadline);
        while let Some(row) = pages.next()? {
            open.remove(&row.token);
            self.judge(&row, ended.remove(&row.token))?;
            self.note_log(&row, &mut missing);
        }
        self.report.unknown = ended.len() as u64;
        self.report.lost_tokens = open.len() as u64;
        self.report.missing_logs = missing;
        Ok(())
    }

    fn note_log(&self, row: &Row, missing: &mut BTreeMap<String, u64>) {
        let Some(origin) = &row.origin else { return };
        let is_given = self.logs.iter().any(|log| log.name == origin.log);
        if !is_given && row.expires_at > self.expired {
            *missing.entry(origin.log.clone()).or_default() += 1;
        }
    }

    fn judge(&mut self, row: &Row, on_record: Option<bool>) -> Result<(), Error> {
        let deadline = self.deadline;
        let copies =
            self.copies.iter_mut().map(|copy| (copy.is_last, copy.row(row.token, deadline)));
        let copies: Vec<(bool, Option<Row>)> = copies.collect();
        let told = copies.iter().filter_map(|(_, row)| row.as_ref()).map(|row| row.state);
        let told: Vec<State> = told.collect();
        let has_revoked = told.iter().any(|state| matches!(state, State::Revoked { .. }));
        let is_used = told.contains(&State::Spent);
        let is_known_unused =
            copies.iter().any(|(is_last, row)| *is_last && row.as_ref().is_some_and(is_live));

        let is_lost = match row.state {
            State::Revoked { .. } => {
                self.report.already_revoked += u64::from(has_revoked || on_record == Some(true));
                return Ok(());
            }
            State::Spent => has_revoked || on_record == Some(true),
            State::Live => has_revoked || on_record.is_some() || is_used,
        };
        let may_be_used = row.state == State::Live
            && (row.once || self.once.contains(&row.kind))
            && row.expires_at > self.expired
            && !is_known_unused;
        if is_lost || may_be_used {
            // Its parent may have been revoked in this run, and it with it.
            let revoked = asked(self.registry.revoke(row.token), deadline)?;
            self.report.revoked += if is_lost { revoked.tokens } else { 0 };
            self.report.perhaps_used += if is_lost { 0 } else { revoked.tokens };
        }
        Ok(())
    }

    /// Says in each log that all before was made again, and how far the registry has come with that.
    fn put_on_record(&self, lost: &[HashSet<Epoch>], at: Epoch) -> Result<(), Error> {
        let mut logs = self.logs.iter().zip(lost);
        logs.try_for_each(|(log, lost)| match !lost.is_empty() && log.is_whole() {
            true => self.record(log, at),
            false => Ok(()),
        })
    }

    fn record(&self, log: &Facts, at: Epoch) -> Result<(), Error> {
        let Some(log) = &log.log else { return Ok(()) };
        let why = format!(
            "the registry was restored from a backup: {} tokens and {} rules of the revocations on record were made again",
            self.report.revoked, self.report.rules
        );
        let mut event = Event::new(Action::other(RECONCILED), "").reason(why).epoch(at);
        event.actor = self.actor.clone().map(Into::into);
        let deadline = Deadline::after(self.deadline);
        match wait(deadline.wait(log.submit(event))) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(Cause::NotRecorded(error).into()),
            None => Err(late(Place::Log, deadline)),
        }
    }

    fn told(mut self) -> ReconcileReport {
        self.report.logs = self.logs.into_iter().map(LogReport::of).collect();
        self.report.copies = self.copies.into_iter().map(CopyReport::of).collect();
        self.report
    }
}

fn is_revoked(row: &Row) -> bool {
    matches!(row.state, State::Revoked { .. })
}

fn is_live(row: &Row) -> bool {
    row.state == State::Live
}

/// More revocations than are under way at once.
const AT_ONCE: usize = 256;

/// The epoch of somebody who knows nothing.
const ANY: Epoch = Epoch { n: 0, mark: [0; 16] };
