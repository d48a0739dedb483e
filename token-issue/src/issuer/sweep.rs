//! Puts the end of tokens on record, whoever has ended them.

use token_core::{
    TokenId,
    record::{Action, Epoch, Event},
};

use super::{
    closing::{Closing, wait},
    shared::{Shared, late},
    start::is_lost,
};
use crate::{
    error::{Cause, Error, Place},
    row::{Row, State},
};

impl Closing<'_> {
    /// Looks whether something was revoked, by whomever.
    pub(super) fn look(&mut self) {
        let shared = self.shared;
        let Ok(feed) = wait(shared.asked(shared.registry.poll(self.epoch), shared.deadline()))
        else {
            return; // The next look is soon.
        };
        let answer = feed.answer;
        if is_lost(self.epoch, &answer) {
            // Nothing is minted in a history that has lost revocations.
            *shared.other_history() = Some((self.epoch.n, answer.at.n));
            return;
        }
        *shared.other_history() = None;
        self.is_behind |= answer.at != self.epoch;
        self.epoch = answer.at;
    }

    /// Puts the end of what this log opened on record: of revoked tokens and their descendants, of what a rule matches, and of
    /// tokens that were used once. Returns whether that is all: a call that has a token in hand may fail or be dropped, or find
    /// that the token was revoked before, and then records nothing.
    pub(super) fn sweep(&mut self) -> Result<bool, Error> {
        let shared = self.shared;
        let mut is_all = true;
        loop {
            self.tell_registry();
            let unclosed = shared.registry.unclosed(shared.log.name(), BATCH);
            let rows = wait(shared.asked(unclosed, shared.deadline()))?;
            let is_last = rows.len() < BATCH;
            let rows = self.not_in_hand(rows, &mut is_all);
            let number = rows.len();
            let closed = self.closings(rows);
            self.tell_registry();
            closed?;
            if is_last || number == 0 {
                return Ok(is_all);
            }
        }
    }

    fn not_in_hand(&self, rows: Vec<Row>, is_all: &mut bool) -> Vec<Row> {
        self.shared.in_hand(|in_hand| {
            *is_all &= !rows.iter().any(|row| in_hand.contains_key(&row.token));
            let is_free =
                |row: &Row| !in_hand.contains_key(&row.token) && !self.closed.contains(&row.token);
            rows.into_iter().filter(is_free).collect()
        })
    }

    /// All records are on their way before the first is waited for, so that they share a sync of the disk.
    fn closings(&mut self, rows: Vec<Row>) -> Result<(), Error> {
        let shared = self.shared;
        let deadline = shared.deadline();
        let epoch = self.epoch;
        let tokens: Vec<TokenId> = rows.iter().map(|row| row.token).collect();
        let events = rows.into_iter().map(|row| closing(shared, row, epoch));
        let records: Vec<_> = events.map(|event| shared.log.submit(event)).collect();
        let mut failed = None;
        for (token, record) in tokens.into_iter().zip(records) {
            match wait(deadline.wait(record)) {
                Some(Ok(_)) => {
                    self.closed.insert(token);
                }
                Some(Err(error)) => failed = Some(Cause::NotRecorded(error).into()),
                None => failed = Some(late(Place::Log, deadline)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    pub(super) fn tell_registry(&mut self) {
        if self.closed.is_empty() {
            return;
        }
        let shared = self.shared;
        let tokens = self.closed.iter().copied().collect();
        if wait(shared.asked(shared.registry.close(tokens), shared.deadline())).is_ok() {
            self.closed.clear();
        }
    }
}

fn closing(shared: &Shared, row: Row, epoch: Epoch) -> Event {
    let opened = row.origin.map(|origin| origin.index);
    let (action, why) = match row.state {
        State::Spent => (Action::destroyed(opened), "it could be used once, and was"),
        State::Live | State::Revoked { .. } => {
            (Action::revoked(opened), "the registry says that it was revoked")
        }
    };
    let event = Event::new(action, row.kind).token(row.token).origin(shared.log.name().to_owned());
    shared.signed(event, why).epoch(epoch)
}

/// How many records are on their way together.
const BATCH: usize = 256;
