//! Decides which text of a stream is passed on, which is replaced, and which is held back.

use std::sync::Arc;

use super::{buffer::Buffer, escape::Escape, foreign::Foreign, label::Found, shared::Shared};
use token_core::wipe;

/// Masks one stream of text.
///
/// The engine finds all tokens that lie within the text that it has, and the place at which the first token may begin
/// whose end is still to come. It passes on the text before that place. Whether a token is found depends only on the
/// token's own bytes, so it does not matter how the text was cut.
pub(super) struct Engine {
    shared: Arc<Shared>,
    foreign: Arc<Foreign>,
    version: u64,
    /// The text that is held back, since it may be the beginning of a token.
    held: Buffer,
    /// How many bytes at the beginning of `held` belong to a token that was replaced already. It is 0 if nothing is
    /// held back.
    covered: usize,
    /// For each [`Escape`], how many bytes at the beginning of `held` belong to a character that began before `held`.
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

    /// Returns how many bytes of `text` can be passed on as they are. Returns `None` if a token is in `text`, or if
    /// earlier text is held back.
    ///
    /// The caller must say by [`passed`](Self::passed) how many of these bytes it has passed on.
    #[inline]
    pub(super) fn clean(&mut self, text: &[u8]) -> Option<usize> {
        if !self.held.is_empty() {
            return None;
        }
        self.refresh();
        let open = self.scan(text);
        self.found.is_empty().then_some(open)
    }

    /// Notes that the first `count` bytes of `text` were passed on. If these are all that `clean` allowed, the caller
    /// must then hold the rest back.
    pub(super) fn passed(&mut self, text: &[u8], count: usize) {
        self.skip(text, count);
    }

    /// Holds back text without scanning it: the text after the [clean](Self::clean) bytes, or small pieces that are
    /// scanned together later.
    pub(super) fn hold(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.held.append(text);
            wipe::registers();
        }
    }

    /// Takes more text, and appends the text that can be passed on to `out`.
    pub(super) fn take(&mut self, text: &[u8], out: &mut Vec<u8>) {
        self.refresh();
        self.held.append(text);
        self.advance(false, out);
    }

    /// Ends the stream: appends the text that was held back to `out`, masked. Another stream may follow.
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

    /// Fills `found` with the tokens in `text`. Returns the place at which the first token may begin whose end is not
    /// in `text`; the end of `text` if there is none.
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
        let open = own.min(foreign);
        if !self.found.is_empty() || open < text.len() {
            wipe::stack();
        }
        open
    }

    /// Appends `text` up to `end` to `out`, with the found tokens replaced. If a token goes beyond `end`, notes how
    /// many bytes of the text that follows it covers.
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

    /// Notes, for each escape, how many bytes after `at` belong to a character that began before `at`. The text is cut
    /// at `at`.
    fn skip(&mut self, text: &[u8], at: usize) {
        if self.foreign.is_empty() {
            // A value that is registered later is looked for only from the next text on, and there a character begins
            // at the first byte.
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

    /// Takes over the values that were registered or removed since the last call.
    #[inline]
    fn refresh(&mut self) {
        if self.shared.version() != self.version {
            (self.foreign, self.version) = self.shared.foreign();
        }
    }
}
