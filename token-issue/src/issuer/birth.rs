//! The birth of a token: first the record, then the row, then the token.

use std::borrow::Cow;

use token_core::{
    Secret,
    record::{Action, Event},
    scope::CompiledKind,
};

use super::{Issuer, loose::Loose};
use crate::{
    Issued,
    deadline::Deadline,
    error::{Cause, Error, ErrorKind},
    row::{Origin, Row},
};

/// What the record that opens a token says beside the facts of its row.
pub(super) struct Opening {
    pub(super) kind: &'static CompiledKind,
    pub(super) action: Action,
    /// The log in which the index of the action counts.
    pub(super) origin: Option<String>,
}

impl Issuer {
    /// Puts a token on record and into the registry. The future may be dropped at every `await`, and the record or the registry
    /// may fail: then `birth` takes back what there is.
    pub(super) async fn bear<K>(
        &self,
        secret: Secret,
        mut row: Row,
        opening: Opening,
        deadline: Deadline,
    ) -> Result<Issued<K>, Error> {
        self.check_running()?;
        let shared = self.shared();
        shared.check_digests()?;
        let kind = opening.kind;
        let digest = shared.digest_of(&secret);
        let event = self.opening_event(opening, &row);
        let mut birth = Birth { issuer: self, loose: Some(Loose::unrecorded(&row)) };

        let index = shared.recorded(event, deadline).await?.index();
        row.origin = index.map(|index| Origin { log: shared.log.name().to_owned(), index });

        birth.now(Loose::perhaps_inserted(&row));
        let insertion = shared.registry.insert(digest, row.clone(), self.now().latest);
        let inserted = shared.asked(insertion, deadline).await.inspect_err(|error| {
            if says_nothing_changed(error) {
                birth.now(Loose::recorded(&row));
            }
        })?;
        if let Err(unfit) = inserted {
            birth.now(Loose::recorded(&row));
            return Err(unfit.into());
        }
        birth.is_over();
        Ok(Issued::new(secret, row, kind, self.clone()))
    }

    fn check_running(&self) -> Result<(), Error> {
        if self.inner.worker.is_closed() {
            return Err(Cause::Closed.into());
        }
        self.check_history()
    }

    pub(super) fn check_history(&self) -> Result<(), Error> {
        match *self.shared().other_history() {
            None => Ok(()),
            Some((known, found)) => Err(Cause::OtherHistory { known, found }.into()),
        }
    }

    fn opening_event(&self, opening: Opening, row: &Row) -> Event {
        let mut event = Event::new(opening.action, row.kind.clone())
            .token(row.token)
            .scopes(row.scopes.iter().cloned())
            .policy(self.shared().policy.digest)
            .expires_at(row.expires_at)
            .parent(row.parent);
        event.actor = row.actor.clone().map(Cow::Owned);
        event.reason = row.reason.clone().map(Cow::Owned);
        event.subject = row.subject.clone().map(Cow::Owned);
        event.origin = opening.origin.map(Cow::Owned);
        event
    }
}

/// After any other error of the registry, the row may be there.
fn says_nothing_changed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Duplicate | ErrorKind::Malformed | ErrorKind::NewerSchema)
}

/// A token that is being made. Dropped before it is over, the issuer's thread takes back what there is of it.
struct Birth<'i> {
    issuer: &'i Issuer,
    loose: Option<Loose>,
}

impl Birth<'_> {
    /// This is what would have to be taken back now.
    fn now(&mut self, loose: Loose) {
        self.loose = Some(loose);
    }

    /// The token exists, and [`Issued`] takes it back if it must be.
    fn is_over(&mut self) {
        self.loose = None;
    }
}

impl Drop for Birth<'_> {
    fn drop(&mut self) {
        if let Some(loose) = self.loose.take() {
            self.issuer.inner.worker.take_back(loose);
        }
    }
}
