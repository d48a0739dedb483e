//! Tokens of our own with escapes in them, though no character of a token needs one.
//!
//! They have no fixed beginning. But in a token each mark begins an escape, and none has another one inside. So what a mark
//! stands for is the same wherever one begins to read, and each stretch of text is read once, for all kinds. Only what begins
//! inside of an escape, with some of its digits, is looked at by itself.

use memchr::memchr2_iter;
use token_policy::format::{MAX_TOKEN_BYTES, MIN_TOKEN_BYTES, is_base62, is_prefix_byte};
use zeroize::Zeroize;

use crate::{
    buffer::Buffer,
    escape::{Escape, Unit},
};

/// A part of a text that has only characters of tokens, at least one of them as an escape.
pub(super) struct Stretch<'t> {
    /// Where it begins.
    start: Places<'t>,
    /// What it says.
    bytes: &'t [u8],
    is_open: bool,
}

/// Goes through a text, character by character.
#[derive(Clone, Copy)]
pub(super) struct Places<'t> {
    escape: Escape,
    text: &'t [u8],
    /// Where in the text it is.
    at: usize,
    /// The number of the character that begins there.
    number: usize,
}

/// Calls `found` with each stretch of a text that may have a token, or the beginning of one at its end.
pub(super) fn each(text: &[u8], scratch: &mut Buffer, mut found: impl FnMut(&Stretch<'_>)) {
    let [backslash, percent] = Escape::ALL;
    let mut ends = [0; 2];
    for mark in memchr2_iter(backslash.mark(), percent.mark(), text) {
        let [backslash_end, percent_end] = &mut ends;
        let (escape, end) = match text.get(mark) == Some(&percent.mark()) {
            true => (percent, percent_end),
            false => (backslash, backslash_end),
        };
        let first = Places { escape, text, at: mark, number: 0 };
        if mark < *end || !first.is_in_token() {
            continue;
        }
        let stretch = Stretch::read(Places { at: start(text, mark), ..first }, end, scratch);
        if stretch.is_open || stretch.bytes.len() + Escape::MAX_UNIT > MIN_TOKEN_BYTES {
            found(&stretch);
        }
    }
}

/// As far before the first escape as a token may begin.
fn start(text: &[u8], mark: usize) -> usize {
    let least = mark.saturating_sub(MAX_TOKEN_BYTES - 1);
    let before = text.get(least..mark).unwrap_or_default();
    before.iter().rposition(|byte| !is_token_byte(*byte)).map_or(least, |other| least + other + 1)
}

impl<'t> Stretch<'t> {
    /// Reads as far as the characters are those of tokens, and sets `end` to where that is.
    fn read(start: Places<'t>, end: &mut usize, scratch: &'t mut Buffer) -> Self {
        let mut last = start;
        let count = last.by_ref().count();
        let room = scratch.room(count);
        room.iter_mut().zip(start).for_each(|(to, byte)| *to = byte);
        // What began as an escape may go on as one.
        let is_open = last.is_in_token() || last.is_at_end();
        *end = if is_open { last.text.len() } else { last.at };
        Self { start, bytes: room, is_open }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    /// Whether it may go on beyond the text.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn places(&self) -> Places<'t> {
        self.start
    }

    /// Calls `found` with each place inside of an escape, where that escape ends, and what stands there: the escape's last
    /// bytes as they are, and what follows.
    pub(super) fn inside(&self, mut found: impl FnMut(usize, Places<'t>, Inside<'t>)) {
        let mut places = self.start;
        while let (start, Some(_)) = (places.at, places.next()) {
            for at in start + 1..places.at {
                let digits = places.text.get(at..places.at).unwrap_or_default();
                let rest = self.bytes.get(places.number..).unwrap_or_default();
                found(at, places, Inside { digits, rest });
            }
        }
    }
}

/// A text in two pieces.
pub(super) struct Inside<'t> {
    digits: &'t [u8],
    rest: &'t [u8],
}

impl Inside<'_> {
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        self.digits.iter().chain(self.rest).copied()
    }

    /// Calls `with` with as much of it as a token may have.
    pub(super) fn join(&self, with: impl FnOnce(&[u8])) {
        let mut joined = [0; MAX_TOKEN_BYTES];
        let count = joined.iter_mut().zip(self.bytes()).map(|(to, from)| *to = from).count();
        with(joined.get(..count).unwrap_or_default());
        joined.as_mut_slice().zeroize();
    }
}

impl Places<'_> {
    /// Where in the text the character of this number begins, which is not behind it.
    pub(super) fn of(&mut self, number: usize) -> usize {
        let more = number.saturating_sub(self.number);
        self.take(more).for_each(drop);
        self.at
    }

    /// Where so many characters end that begin at `start`, inside of the escape that ends here.
    pub(super) fn after(mut self, start: usize, len: usize) -> usize {
        let digits = self.at.saturating_sub(start);
        self.of(self.number + len.saturating_sub(digits))
    }

    /// Whether what comes next may be a character of a token.
    fn is_in_token(&self) -> bool {
        match self.unit() {
            Some(Unit::Byte(byte, _)) => is_token_byte(byte),
            Some(Unit::Incomplete) => true,
            None => false,
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn unit(&self) -> Option<Unit> {
        self.escape.unit(self.text.get(self.at..)?)
    }
}

/// The characters of tokens, up to what is none.
impl Iterator for Places<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let Some(Unit::Byte(byte, len)) = self.unit() else { return None };
        is_token_byte(byte).then(|| {
            self.at += len;
            self.number += 1;
            byte
        })
    }
}

/// Whether tokens have this byte, in their prefix or behind it.
fn is_token_byte(byte: u8) -> bool {
    is_base62(byte) || is_prefix_byte(byte)
}
