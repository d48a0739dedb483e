//! Creates the new token, and checks its facts before anybody gets it.

use std::{collections::BTreeSet, time::Duration};

use token_core::{Secret, TokenId, UtcDateTime};
use token_policy::lock::{Handle, LockedToken};

use super::{Created, Expiry, StepName, Stopped, Why, run::Run};

/// How many tokens are made until one has an id. Of random tokens of 20 letters and digits, one in twenty has none, since it looks as
/// if it could be guessed.
const TRIES: usize = 4;

impl Run<'_> {
    /// Creates a token, and has its creation on record. A token that must not be used is ended again.
    pub(super) fn create(
        &mut self,
        found: &BTreeSet<Handle>,
    ) -> Result<(Secret, LockedToken), Stopped> {
        let (mut created, mut handle) = self.made(found)?;
        for _ in 1..TRIES {
            if has_id(&created) {
                break;
            }
            self.retire(&handle, None, None)?;
            (created, handle) = self.made(found)?;
        }
        let token = match self.facts(&created, &handle) {
            Ok(token) => token,
            Err(problem) => return Err(self.refused(&handle, problem)),
        };
        if self.locked().any(|locked| locked.id == token.id) {
            return Err(self.not_new());
        }
        self.on_record(token, &handle).map(|token| (created.secret, token))
    }

    /// A token that is not current, and its handle.
    fn made(&mut self, found: &BTreeSet<Handle>) -> Result<(Created, Handle), Stopped> {
        self.claim()?;
        self.has_begun = true;
        let created = self.steps.create();
        let created = created.map_err(|failure| self.failed(StepName::Create, &failure))?;
        let handle = match created.handle.clone() {
            Some(handle) => handle,
            None => self.appeared(found)?,
        };
        // What is current already is never ended because of this.
        if self.locked().any(|locked| locked.handle.as_ref() == Some(&handle)) {
            return Err(self.not_new());
        }
        Ok((created, handle))
    }

    /// The handle that is listed now and was not listed before.
    fn appeared(&mut self, found: &BTreeSet<Handle>) -> Result<Handle, Stopped> {
        let now = self.find()?;
        let mut new = now.difference(found);
        match (new.next(), new.next()) {
            (Some(handle), None) => Ok(handle.clone()),
            (None, _) | (Some(_), Some(_)) => {
                let message = "`create` gave no handle, and `find` does not list exactly one token more than before";
                let help = "run this again; if `create` can print the handle, name it in `reply`";
                Err(self.stopped(Why::Unfinished, StepName::Create, message, help))
            }
        }
    }

    /// The facts of the new token. Fails if it breaks the policy, or could be guessed.
    fn facts(&self, created: &Created, handle: &Handle) -> Result<LockedToken, &'static str> {
        let id = id(created).ok_or("it could be guessed, like each one that was made before it")?;
        let expires = self.expiry(created.expires)?;
        let generation = self.locked().map(|token| token.generation).max().unwrap_or(0) + 1;
        let mut token = LockedToken::new(*id.as_bytes(), generation, expires);
        token.handle = Some(handle.clone());
        Ok(token)
    }

    fn expiry(&self, expiry: Expiry) -> Result<Option<UtcDateTime>, &'static str> {
        const LONGER: &str = "it lives longer than the policy permits";
        let now = self.time.now();
        let after = |time: Duration| now.checked_add(time.try_into().ok()?);
        let longest = self.rules.longest;
        let end = match (expiry, longest) {
            (Expiry::Never, Some(_)) => {
                return Err("it never expires, and the policy wants an end");
            }
            (Expiry::Never | Expiry::Unknown, None) => return Ok(None),
            (Expiry::Unknown, Some(longest)) => after(longest),
            (Expiry::In(time), Some(longest)) if time > longest => return Err(LONGER),
            (Expiry::In(time), _) => after(time),
            (Expiry::At(end), Some(longest)) => {
                let latest = after(longest.saturating_add(self.rules.leeway));
                if latest.is_some_and(|latest| end > latest) {
                    return Err(LONGER);
                }
                Some(end)
            }
            (Expiry::At(end), None) => Some(end),
        };
        let end = end.ok_or("its expiry is no time that a lock can state")?;
        if end <= now {
            return Err("it has expired already");
        }
        Ok(Some(end))
    }

    /// Has the creation on record. Without a record there is no token.
    fn on_record(
        &mut self,
        mut token: LockedToken,
        handle: &Handle,
    ) -> Result<LockedToken, Stopped> {
        match self.keeper.created(&token) {
            Ok(index) => {
                token.log = index;
                Ok(token)
            }
            Err(unkept) => {
                self.retire(handle, Some(&token), None)?;
                Err(self.unkept(StepName::Create, &unkept))
            }
        }
    }

    /// Ends a token that must not be used.
    fn refused(&mut self, handle: &Handle, problem: &str) -> Stopped {
        if let Err(stopped) = self.retire(handle, None, None) {
            return stopped;
        }
        let message = format!("the new token was ended again: {problem}");
        let help = "mend the step `create`, or the policy; the old token is valid as before";
        self.stopped(Why::NeedsPerson, StepName::Create, message, help)
    }

    fn not_new(&self) -> Stopped {
        let message = "`create` gave a token that the lock has already";
        let help = "mend the step: it must make another token for each attempt";
        self.stopped(Why::NeedsPerson, StepName::Create, message, help)
    }
}

fn id(created: &Created) -> Option<TokenId> {
    created.secret.with_bytes("the id of a new token", TokenId::of)
}

fn has_id(created: &Created) -> bool {
    id(created).is_some()
}
