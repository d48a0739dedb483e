//! What is passed on of a stream, what is replaced, and what is held back.

use std::sync::Arc;

use super::{buffer::Buffer, escape::Escape, foreign::Foreign, label::Found, shared::Shared};
use token_core::wipe;

/// One stream of text.
///
/// It finds all tokens that lie within what it has, and knows where the first one may begin whose end is still to come.
/// What stands before that is passed on. Since finding depends only on a token's own bytes, it does not matter how the text
/// was cut.
pub(super) struct Engine {
    shared: Arc<Shared>,
    foreign: Arc<Foreign>,
    version: u64,
    /// Text that may be the beginning of a token.
    held: Buffer,
    /// How many bytes from the beginning of `held` on belong to a token that was replaced: none if nothing is held.
    covered: usize,
    /// For each [`Escape`], how many bytes of `held` end a character that began before.
    skipped: [usize; 2],
    found: Vec<Found>,
    scratch: Buffer,
}

impl Engine {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let (foreign, version) = shared.foreign();
        Self {
            shared,
            foreign,
            version,
            held: Buffer::new(),
            covered: 0,
            skipped: [0; 2],
            found: Vec::new(),
            scratch: Buffer::new(),
        }
    }

    /// How much of `text` can be passed on as it is, if nothing is held back and no token is in it.
    ///
    /// Whoever passes it on says so by [`passed`](Self::passed).
    #[inline]
    pub(super) fn clean(&mut self, text: &[u8]) -> Option<usize> {
        if !self.held.is_empty() {
            return None;
        }
        self.refresh();
        let open = self.scan(text);
        self.found.is_empty().then_some(open)
    }

    /// The first `count` bytes of `text` were passed on. If that was all of the clean ones, the rest is held back.
    pub(super) fn passed(&mut self, text: &[u8], count: usize) {
        self.skip(text, count);
    }

    /// Holds back text without looking at it: what [`clean`](Self::clean) did not find clean, or small pieces to be looked at
    /// together.
    pub(super) fn hold(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.held.append(text);
            wipe::registers();
        }
    }

    /// Takes more text, and gives what can be passed on.
    pub(super) fn take(&mut self, text: &[u8], out: &mut Vec<u8>) {
        self.refresh();
        self.held.append(text);
        self.advance(false, out);
    }

    /// The stream has ended: gives what was held back, and is ready for another one.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.held.is_empty() {
            (self.covered, self.skipped) = (0, [0; 2]);
            return;
        }
        self.refresh();
        self.advance(true, out);
        (self.covered, self.skipped) = (0, [0; 2]);
    }

    pub(super) fn holds(&self) -> usize {
        self.held.as_slice().len()
    }

    fn advance(&mut self, is_last: bool, out: &mut Vec<u8>) {
        let held = std::mem::replace(&mut self.held, Buffer::new());
        let text = held.as_slice();
        let open = self.scan(text);
        let end = if is_last { text.len() } else { open };
        self.replace(text, end, out);
        self.skip(text, end);
        self.held = held;
        self.held.consume(end);
        wipe::registers();
    }

    /// Fills `found`, in order. Returns where the first token may begin whose end is not here.
    #[inline]
    fn scan(&mut self, text: &[u8]) -> usize {
        self.found.clear();
        let own = match self.shared.own.is_empty() {
            true => text.len(),
            false => self.shared.own.scan(text, &mut self.scratch, &mut self.found),
        };
        let foreign = match self.foreign.is_empty() {
            true => text.len(),
            false => self.foreign.scan(text, self.skipped, &mut self.scratch, &mut self.found),
        };
        if !self.scratch.is_empty() {
            self.scratch.clear();
        }
        own.min(foreign)
    }

    /// Passes on `text` up to `end`, with what was found replaced. A token that goes beyond covers what is to come.
    fn replace(&mut self, text: &[u8], end: usize, out: &mut Vec<u8>) {
        self.found.sort_by_key(Found::order);
        let mut at = self.covered;
        for found in self.found.iter().take_while(|found| found.start < end) {
            if found.start >= at {
                out.extend_from_slice(text.get(at..found.start).unwrap_or_default());
                found.label.write(out, found.is_utf16);
                self.shared.note(&found.label);
            }
            at = at.max(found.end);
        }
        out.extend_from_slice(text.get(at..end).unwrap_or_default());
        self.covered = at.saturating_sub(end);
        self.found.clear();
    }

    /// Remembers the escape that goes on after `at`, where `text` is cut.
    fn skip(&mut self, text: &[u8], at: usize) {
        if self.foreign.is_empty() {
            // What is registered later begins with text that nobody has looked at.
            self.skipped = [0; 2];
            return;
        }
        let before = text.get(..at).unwrap_or(text);
        let run = before.iter().rposition(|byte| !super::foreign::can_be_part(*byte));
        let start = run.map_or(0, |last| last + 1);
        for (skipped, escape) in self.skipped.iter_mut().zip(Escape::ALL) {
            let first = if start == 0 { *skipped } else { 0 };
            let run = text.get(start..).unwrap_or_default();
            *skipped = escape.skipped_at(run, first, at - start);
        }
    }

    /// Learns of values that were registered or removed since.
    #[inline]
    fn refresh(&mut self) {
        if self.shared.version() != self.version {
            (self.foreign, self.version) = self.shared.foreign();
        }
    }
}
