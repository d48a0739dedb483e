//! Keeps the facts of a run: the audit log, and the lines of the lock.

use std::cell::RefCell;
use std::path::PathBuf;

use token_core::TokenId;
use token_core::record::{Action, Event};
use token_policy::KindRule;
use token_policy::lock::{Attempt, Lock, LockedToken, Slot, SlotName};
use token_rotate::replace::{Ended, Keeper, StepName, Unkept};

use super::journal::{self, Journal};
use super::log::Recorder;
use crate::file;
use crate::lock::LockFile;

/// The file of the lock, and the facts in it as they are now.
pub(super) struct Locked {
    pub(super) file: LockFile,
    pub(super) lock: Lock,
    pub(super) root: PathBuf,
}

impl Locked {
    /// Writes the lines of a slot. The file stays whole whatever happens.
    fn store(&mut self, name: &SlotName, slot: &Slot) -> Result<(), Unkept> {
        *self.lock.slot_mut(name.clone()) = slot.clone();
        let written = file::replace(&self.root, &self.file.path, &self.lock.to_string());
        written.map_err(|error| Unkept::new(format!("{}: {}", self.file.name, error.kind())))
    }
}

/// What keeps the facts of one slot.
pub(super) struct Facts<'f> {
    pub(super) locked: &'f mut Locked,
    pub(super) attempt: &'f Attempt,
    pub(super) kind: &'f KindRule,
    pub(super) recorder: Option<&'f Recorder>,
    pub(super) journal: &'f RefCell<Journal>,
    /// Why the run was made, if somebody said so.
    pub(super) reason: Option<&'f str>,
}

impl Facts<'_> {
    /// Makes an event about a token of the kind.
    fn event(&self, action: Action, id: Option<[u8; 16]>) -> Event {
        let id = id.map(TokenId::from_bytes);
        let event =
            Event::new(action, self.kind.name().to_owned()).token(id).actor("tokenctl rotate");
        match self.reason {
            Some(reason) => event.reason(reason.to_owned()),
            None => event,
        }
    }

    fn current(&self) -> Option<LockedToken> {
        let slot = self.attempt.slot();
        let slot = self.locked.lock.slot(slot.kind(), slot.environment())?;
        slot.current.as_ref()?.token.clone()
    }

    /// Records that the token of the lock was replaced, once the consumer works with the new one.
    fn rotated(&self, slot: &Slot) -> Result<(), Unkept> {
        let new = slot.current.as_ref().and_then(|entry| entry.token.as_ref());
        let (Some(recorder), Some(old), Some(new)) = (self.recorder, self.current(), new) else {
            return Ok(());
        };
        if old.id == new.id {
            return Ok(());
        }
        let action = Action::rotated(old.log, Some(TokenId::from_bytes(new.id)));
        recorder.append(self.event(action, Some(old.id))).map(drop)
    }
}

impl Keeper for Facts<'_> {
    fn created(&mut self, token: &LockedToken) -> Result<Option<u64>, Unkept> {
        let Some(recorder) = self.recorder else { return Ok(None) };
        let scopes = self.kind.closure().iter().cloned();
        let mut event = self.event(Action::Created, Some(token.id)).scopes(scopes);
        event.expires_at = token.expires;
        // By its handle a later run finds the record of a token that it ends, and of which it knows nothing else.
        event.subject = token.handle.as_ref().map(|handle| self.subject(handle).into());
        recorder.append(event).map(Some)
    }

    fn changed(&mut self, slot: &Slot) -> Result<(), Unkept> {
        let write = |event| {
            self.journal.borrow_mut().write(self.attempt, StepName::Lock, event, None);
        };
        write(journal::Event::Begun);
        let stored = self.rotated(slot).and_then(|()| self.locked.store(self.attempt.slot(), slot));
        write(if stored.is_ok() { journal::Event::Done } else { journal::Event::Failed });
        stored
    }

    fn ended(&mut self, ended: &Ended<'_>) -> Result<(), Unkept> {
        let Some(recorder) = self.recorder else { return Ok(()) };
        let subject = self.subject(ended.handle);
        let known = ended.token.map(|token| (Some(token.id), token.log));
        let (id, opened) = match known {
            Some(known) => known,
            // A killed run has left it: its creation is on record if that run kept the same log.
            None => recorder.creation(self.kind.name(), &subject)?,
        };
        let event = self.event(Action::revoked(opened), id).subject(subject);
        recorder.append(event).map(drop)
    }
}

impl Facts<'_> {
    /// The slot and the issuer's name of a token.
    fn subject(&self, handle: &token_policy::lock::Handle) -> String {
        format!("{} {handle}", self.attempt.slot())
    }
}
