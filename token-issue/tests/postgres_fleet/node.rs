//! One verifier with a registry of its own.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use token_core::{
    Verify,
    caller::{Hit, Presented, Refused},
};
use token_issue::{Health, Verifier};

use crate::{
    clock::{Moment, SECOND, now},
    desk,
    server::open,
    token::Token,
};

pub(crate) struct Node {
    number: usize,
    verifier: Verifier,
    /// What a node remembers that breaks the promise on purpose: until when it accepts each token.
    wrong_memory: Option<Mutex<HashMap<Vec<u8>, Moment>>>,
    /// Since when the network is back, or the end of time.
    mended: AtomicU64,
    /// When a live token was accepted first since then.
    back: AtomicU64,
    /// How often a live token was refused.
    refused: AtomicU64,
}

impl Node {
    pub(crate) fn start(number: usize, url: &str, is_broken: bool) -> Self {
        Self {
            number,
            verifier: desk::verifier(Arc::new(open(url))),
            wrong_memory: is_broken.then(Mutex::default),
            mended: u64::MAX.into(),
            back: 0.into(),
            refused: 0.into(),
        }
    }

    /// Shows a token. What memory lacks is not asked for.
    pub(crate) fn look(&self, token: &Token) {
        let began = now();
        let hit = self.verifier.hit(Presented::new(&token.bytes));
        if self.agrees(&token.bytes, matches!(hit, Hit::Caller(_))) {
            self.note_accepted(token, began);
        }
    }

    /// Shows a token. Returns whether it was accepted.
    pub(crate) fn verify(&self, token: &Token) -> bool {
        let began = now();
        let answer = desk::accepts(&self.verifier, &token.bytes);
        let accepts = self.agrees(&token.bytes, answer.is_ok());
        match accepts {
            true => self.note_accepted(token, began),
            false if token.is_live() => drop(self.refused.fetch_add(1, Ordering::SeqCst)),
            false => {}
        }
        accepts
    }

    fn note_accepted(&self, token: &Token, began: Moment) {
        token.note_accepted(self.number, began);
        let end = now();
        if token.is_live() && began > self.mended.load(Ordering::SeqCst) {
            let _ = self.back.compare_exchange(0, end, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// What a node says that accepts tokens for two seconds more.
    fn agrees(&self, token: &[u8], accepts: bool) -> bool {
        let Some(memory) = &self.wrong_memory else { return accepts };
        let mut memory = memory.lock().unwrap();
        if accepts {
            memory.insert(token.to_vec(), now() + 2 * SECOND);
        }
        memory.get(token).is_some_and(|until| now() < *until)
    }

    /// From now on it is to be back.
    pub(crate) fn note_mended(&self, at: Moment) {
        self.back.store(0, Ordering::SeqCst);
        self.mended.store(at, Ordering::SeqCst);
    }

    /// When it was back.
    pub(crate) fn back(&self) -> Option<Moment> {
        Some(self.back.load(Ordering::SeqCst)).filter(|at| *at != 0)
    }

    /// How often it has refused a live token since the last call.
    pub(crate) fn take_refused(&self) -> u64 {
        self.refused.swap(0, Ordering::SeqCst)
    }

    /// Whether it has heard that a token was revoked: it refuses it, and answers from a memory that lacks it.
    pub(crate) fn has_heard_of(&self, token: &Token) -> bool {
        let is_in_memory =
            matches!(self.verifier.hit(Presented::new(&token.bytes)), Hit::Caller(_));
        !is_in_memory
            && self.health() == Health::Ready
            && desk::accepts(&self.verifier, &token.bytes) == Err(Refused::Revoked)
    }

    pub(crate) fn health(&self) -> Health {
        self.verifier.health()
    }

    pub(crate) fn remembered(&self) -> usize {
        self.verifier.remembered()
    }
}
