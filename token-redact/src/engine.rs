//! Decides which text of a stream is passed on, which is replaced, and which is held back.

use std::sync::Arc;

use memchr::memchr;
use token_core::wipe;
use token_policy::format::MAX_ENCODED_BYTES;

use super::{
    buffer::Buffer,
    control::{ESC, each_word, ends_word, outside},
    escape::Escape,
    foreign::{Foreign, LOOK, WINDOW, Waiting},
    label::Found,
    shared::Shared,
};

/// Masks one stream of text.
///
/// The engine finds all tokens that lie within the text that it has, and the place at which the first token may begin
/// whose end is still to come. It passes on the text before that place. Whether a token is found depends only on the
/// token's own bytes, so it does not matter how the text was cut.
///
/// Text that is held back is scanned again when as much text came as was held back, or the last word ended. So each byte
/// is scanned a few times at most, in pieces of whatever size it comes.
pub(super) struct Engine {
    shared: Arc<Shared>,
    foreign: Arc<Foreign>,
    version: u64,
    /// The text that is held back, since it may be the beginning of a token.
    held: Buffer,
    /// How many bytes at the beginning of `held` were shown already, or belong to a token that was replaced already. It
    /// is 0 if nothing is held back.
    covered: usize,
    /// With how many bytes held back the text is scanned again.
    due: usize,
    /// Whether it is known that a flush shows nothing before the text is scanned again.
    is_settled: bool,
    /// For each [`Escape`], how many bytes at the beginning of `held` belong to a character that began before `held`.
    skipped: [usize; 2],
    found: Vec<Found>,
    scratch: Buffer,
    /// A word without its control sequences.
    word: Buffer,
    /// Whether `foreign` has values that left while text was held back.
    keeps_earlier: bool,
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
            due: 0,
            is_settled: false,
            skipped: [0; 2],
            found: Vec::new(),
            scratch: Buffer::new(),
            word: Buffer::new(),
            keeps_earlier: false,
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
        if text.is_empty() {
            return;
        }
        // A value may leave before this text is scanned.
        self.refresh();
        if self.held.is_empty() {
            self.due = due(text.len());
        }
        self.held.append(text);
        wipe::registers();
    }

    /// Takes more text. Scans all that is held back if it is time to, and appends the text that can be passed on to
    /// `out`.
    pub(super) fn take(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let is_first = self.held.is_empty();
        self.hold(text);
        let is_due = is_first || self.held.as_slice().len() >= self.due;
        if is_due || text.iter().any(|byte| ends_word(*byte)) {
            self.pass_on(out);
        }
    }

    /// Scans all that is held back, and appends the text that can be passed on to `out`.
    pub(super) fn pass_on(&mut self, out: &mut Vec<u8>) {
        self.refresh();
        let held = self.hold_nothing();
        let open = self.scan(held.as_slice());
        self.advance(held, Waiting { keep: open, show: open }, out);
    }

    /// Appends the text to `out` with which no token can begin, as far as its first characters tell. The text may go
    /// on.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        if self.is_settled {
            return;
        }
        self.refresh();
        let held = self.hold_nothing();
        let text = held.as_slice();
        let foreign = match self.foreign.is_empty() {
            true => Waiting { keep: text.len(), show: text.len() },
            false => self.foreign.waiting(text),
        };
        if foreign.show <= self.covered {
            // More text does not change what the first characters tell.
            self.is_settled = text.len() - foreign.keep > LOOK && memchr(ESC, text).is_none();
            self.held = held;
            return;
        }
        // No registered value begins in the text that is passed on.
        let own = self.scan_for(text, Whom::Own);
        let waiting = match own < foreign.show {
            true => Waiting { keep: own.min(foreign.keep), show: own + mark(text, own) },
            false => foreign,
        };
        let waiting = match outside(text, waiting.show) {
            show if show < waiting.show => Waiting { keep: show.min(waiting.keep), show },
            _ => waiting,
        };
        self.advance(held, waiting, out);
    }

    /// Ends the stream: appends the text that was held back to `out`, masked. Another stream may follow.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            self.refresh();
            let held = self.hold_nothing();
            let end = held.as_slice().len();
            self.scan(held.as_slice());
            self.advance(held, Waiting { keep: end, show: end }, out);
        }
        (self.covered, self.skipped) = (0, [0; 2]);
    }

    /// Returns how many bytes were not shown yet.
    pub(super) fn holds(&self) -> usize {
        self.held.as_slice().len().saturating_sub(self.covered)
    }

    fn hold_nothing(&mut self) -> Buffer {
        std::mem::replace(&mut self.held, Buffer::new())
    }

    /// Passes on the text of `held` before `waiting.show`, with the found tokens replaced, and holds the text from
    /// `waiting.keep` on back.
    fn advance(&mut self, held: Buffer, waiting: Waiting, out: &mut Vec<u8>) {
        let text = held.as_slice();
        self.replace(text, waiting, out);
        self.skip(text, waiting.keep);
        self.held = held;
        self.held.consume(waiting.keep);
        self.due = due(self.held.as_slice().len());
        self.is_settled = false;
        wipe::registers();
    }

    /// Fills `found` with the tokens in `text`. Returns the place at which the first token may begin whose end is not
    /// in `text`; the end of `text` if there is none.
    #[inline]
    fn scan(&mut self, text: &[u8]) -> usize {
        self.scan_for(text, Whom::All)
    }

    #[inline]
    fn scan_for(&mut self, text: &[u8], whom: Whom) -> usize {
        self.found.clear();
        if text.len() < SHORTEST && text.last().is_none_or(|byte| ends_word(*byte)) {
            return text.len();
        }
        let mut open = text.len();
        if !self.shared.own.is_empty() {
            open = self.shared.own.scan(text, &mut self.scratch, &mut self.found);
        }
        if whom == Whom::All && !self.foreign.is_empty() {
            let foreign = &self.foreign;
            open = open.min(foreign.scan(text, self.skipped, &mut self.scratch, &mut self.found));
        }
        if memchr(ESC, text).is_some() {
            open = outside(text, open.min(self.scan_words(text, whom)));
        }
        if !self.scratch.is_empty() {
            self.scratch.clear();
        }
        if !self.found.is_empty() || open < text.len() {
            wipe::stack();
        }
        open
    }

    /// Finds the tokens that have control sequences inside, as [`scan`](Self::scan) does. Their characters are not written
    /// as escapes: what an escape means can depend on text before the word.
    fn scan_words(&mut self, text: &[u8], whom: Whom) -> usize {
        let (own, foreign) = (&self.shared.own, &*self.foreign);
        let (scratch, found) = (&mut self.scratch, &mut self.found);
        let mut open = text.len();
        each_word(text, MAX_ENCODED_BYTES.max(foreign.max_plain()), &mut self.word, |word| {
            let (bytes, before) = (word.bytes(), found.len());
            if bytes.len() < SHORTEST && !word.is_open {
                return;
            }
            let mut begun = bytes.len();
            if !own.is_empty() {
                begun = own.scan_plain(bytes, found);
            }
            if whom == Whom::All && !foreign.is_empty() {
                begun = begun.min(foreign.scan_word(bytes, scratch, found));
            }
            if word.is_open && begun < bytes.len() {
                open = open.min(word.place(begun));
            }
            for found in found.iter_mut().skip(before) {
                found.from = word.place(found.from);
                (found.start, found.end) = word.range(found.start, found.end);
            }
        });
        open
    }

    /// Appends `text` up to `waiting.show` to `out`, with the found tokens replaced. Notes how many bytes of the text
    /// after `waiting.keep` were shown or replaced.
    fn replace(&mut self, text: &[u8], waiting: Waiting, out: &mut Vec<u8>) {
        let Waiting { keep, show } = waiting;
        self.found.sort_by_key(Found::order);
        let mut at = self.covered;
        for found in self.found.iter().filter(|found| found.from < keep || found.start < show) {
            if found.start >= at {
                out.extend_from_slice(text.get(at..found.start).unwrap_or_default());
                found.label.write(out, found.is_utf16);
                self.shared.note(&found.label);
            }
            at = at.max(found.end);
        }
        out.extend_from_slice(text.get(at..show).unwrap_or_default());
        self.covered = at.max(show).saturating_sub(keep);
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

    /// Takes over the values that were registered or removed since the last call. What is held back was written when the
    /// earlier values were registered, so these stay until nothing is held back.
    #[inline]
    fn refresh(&mut self) {
        if self.shared.version() != self.version || (self.keeps_earlier && self.held.is_empty()) {
            self.take_over();
        }
    }

    fn take_over(&mut self) {
        let (foreign, version) = self.shared.foreign();
        self.keeps_earlier = !self.held.is_empty();
        self.foreign = match self.keeps_earlier {
            true => Arc::new(foreign.and(&self.foreign)),
            false => foreign,
        };
        self.version = version;
    }
}

/// Whose tokens are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// Those of our own format.
    Own,
    /// Those and registered values.
    All,
}

/// Returns with how many bytes held back a text is scanned again of which `held` bytes were held back by the last scan.
fn due(held: usize) -> usize {
    2 * held.max(LEAST)
}

/// Returns 1 if a token of our own format that begins at this place begins with an escape, whose mark is not replaced.
fn mark(text: &[u8], at: usize) -> usize {
    usize::from(Escape::ALL.iter().any(|escape| text.get(at) == Some(&escape.mark())))
}

/// Fewer new bytes are not scanned by themselves, unless a word ended.
const LEAST: usize = 32;

/// Every token in every form has at least as many bytes.
const SHORTEST: usize = WINDOW;
