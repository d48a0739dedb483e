//! Holds what the log, the registry and reports say about tokens, before it is known what the lock will say.

use std::collections::{BTreeMap, BTreeSet};

use time::UtcDateTime;
use token_policy::lock::{Handle, SlotName};

use crate::failure::Failure;

/// The public id of a token.
pub(super) type Id = [u8; 16];

/// All that was said.
#[derive(Default)]
pub(super) struct Evidence {
    /// Tokens that are live, in the order in which they were told.
    live: Vec<Live>,
    /// Tokens that have ended. That counts more than that one is live: an issuer changes its registry before its log.
    ended: BTreeSet<Id>,
}

/// A token that is live, and what is known of it. What was not told is `None`.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) slot: SlotName,
    pub(super) id: Id,
    /// When it expires; `Some(None)` for never.
    pub(super) expires: Option<Option<UtcDateTime>>,
    /// When it came into existence.
    pub(super) born: Option<UtcDateTime>,
    pub(super) generation: Option<u64>,
    pub(super) retire_after: Option<UtcDateTime>,
    pub(super) log: Option<u64>,
    pub(super) handle: Option<Handle>,
}

impl Live {
    pub(super) fn new(slot: SlotName, id: Id) -> Live {
        Live {
            slot,
            id,
            expires: None,
            born: None,
            generation: None,
            retire_after: None,
            log: None,
            handle: None,
        }
    }

    /// Adds what somebody else says of the same token. Fails if the two cannot both be true.
    fn merge(&mut self, other: Live) -> Result<(), Failure> {
        let Live { slot, expires, born, generation, retire_after, log, handle, id } = other;
        let differs = |what: &str| {
            let id = digits(&id);
            Failure::new(format!("what was given says two things about the token {id}: {what}"))
                .help("see which is right; `tokenctl audit open` shows what the log says")
        };
        if slot != self.slot {
            return Err(differs("it is in two slots"));
        }
        let seconds = |end: Option<UtcDateTime>| end.map(UtcDateTime::unix_timestamp);
        match (self.expires, expires) {
            (Some(a), Some(b)) if seconds(a) != seconds(b) => {
                return Err(differs("it expires at two times"));
            }
            (a, b) => self.expires = a.or(b),
        }
        match (self.log, log) {
            (Some(a), Some(b)) if a != b => {
                return Err(differs("its creation has two indexes in the log"));
            }
            (a, b) => self.log = a.or(b),
        }
        self.born = self.born.or(born);
        self.generation = self.generation.or(generation);
        self.retire_after = self.retire_after.or(retire_after);
        self.handle = self.handle.take().or(handle);
        Ok(())
    }
}

impl Evidence {
    pub(super) fn live(&mut self, token: Live) {
        self.live.push(token);
    }

    pub(super) fn ended(&mut self, id: Id) {
        self.ended.insert(id);
    }

    pub(super) fn has_ended(&self, id: &Id) -> bool {
        self.ended.contains(id)
    }

    /// Returns the live tokens of a slot: first those whose birth is known, the oldest first; then the others, in the order
    /// in which they were told.
    pub(super) fn of(&self, slot: &SlotName) -> Result<Vec<Live>, Failure> {
        let mut tokens: Vec<Live> = Vec::new();
        let mut places: BTreeMap<Id, usize> = BTreeMap::new();
        let known = self.live.iter().filter(|token| !self.ended.contains(&token.id));
        for token in known {
            match places.get(&token.id).and_then(|at| tokens.get_mut(*at)) {
                Some(told) => told.merge(token.clone())?,
                None => {
                    places.insert(token.id, tokens.len());
                    tokens.push(token.clone());
                }
            }
        }
        tokens.retain(|token| token.slot == *slot);
        tokens.sort_by_key(|token| {
            (token.born.is_none(), token.born, token.log.filter(|_| token.born.is_some()))
        });
        Ok(tokens)
    }
}

/// Writes an id as the lock has it.
pub(super) fn digits(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
