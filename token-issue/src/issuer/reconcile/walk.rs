//! Goes through the rows of a registry in the order of their ids.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use token_core::TokenId;

use super::super::{closing::wait, shared::late};
use crate::{
    Registry,
    deadline::Deadline,
    error::{Cause, Error, Place},
    registry::{Answer, Boxed, Rule},
    row::Row,
};

/// Waits for an answer of a registry.
pub(super) fn asked<T>(answer: Boxed<'_, T>, deadline: Duration) -> Result<T, Error> {
    let deadline = Deadline::after(deadline);
    match wait(deadline.wait(answer)) {
        Some(answer) => answer.map_err(|error| Cause::Registry(error).into()),
        None => Err(late(Place::Registry, deadline)),
    }
}

/// The rows that match a rule, page by page.
pub(super) struct Pages<'r> {
    registry: &'r dyn Registry,
    rule: Rule,
    deadline: Duration,
    read: VecDeque<Row>,
    after: Option<TokenId>,
    is_last: bool,
}

impl<'r> Pages<'r> {
    pub(super) fn of(registry: &'r dyn Registry, rule: Rule, deadline: Duration) -> Self {
        Self { registry, rule, deadline, read: VecDeque::new(), after: None, is_last: false }
    }

    pub(super) fn next(&mut self) -> Result<Option<Row>, Error> {
        if self.read.is_empty() && !self.is_last {
            let rows = self.registry.list(self.rule.clone(), self.after, PAGE);
            self.read = asked(rows, self.deadline)?.into();
            self.is_last = self.read.len() < PAGE;
            self.after = self.read.back().map(|row| row.token);
        }
        Ok(self.read.pop_front())
    }
}

/// A copy of the registry, which is gone through beside the registry itself.
pub(super) struct Walk {
    pub(super) name: String,
    pub(super) registry: Arc<dyn Registry>,
    /// Whether nothing happened after it.
    pub(super) is_last: bool,
    /// What it said of itself.
    pub(super) answer: Option<Answer>,
    /// Why it could not be read to its end.
    pub(super) unread: Option<Error>,
    /// How many rows of the registry it has, too.
    pub(super) common: u64,
    read: VecDeque<Row>,
    after: Option<TokenId>,
    has_ended: bool,
}

impl Walk {
    pub(super) fn over(name: String, registry: Arc<dyn Registry>, is_last: bool) -> Self {
        Self {
            name,
            registry,
            is_last,
            answer: None,
            unread: None,
            common: 0,
            read: VecDeque::new(),
            after: None,
            has_ended: false,
        }
    }

    /// The row of this token, if there is one. Each id that is asked for comes after the one before.
    pub(super) fn row(&mut self, token: TokenId, deadline: Duration) -> Option<Row> {
        loop {
            while self.read.front().is_some_and(|row| row.token < token) {
                self.read.pop_front();
            }
            match self.read.front() {
                Some(row) if row.token > token => return None,
                Some(_) => {
                    self.common += 1;
                    return self.read.pop_front();
                }
                None if self.has_ended => return None,
                None => self.turn(deadline),
            }
        }
    }

    fn turn(&mut self, deadline: Duration) {
        match asked(self.registry.list(Rule::all(), self.after, PAGE), deadline) {
            Ok(rows) => {
                self.has_ended = rows.len() < PAGE;
                self.after = rows.last().map(|row| row.token);
                self.read = rows.into();
            }
            Err(error) => {
                self.has_ended = true;
                self.unread = Some(error);
            }
        }
    }
}

/// How many rows are asked for at once.
const PAGE: usize = 1_000;
