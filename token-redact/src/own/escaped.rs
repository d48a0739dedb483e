//! Finds tokens of our own format that are written with escapes, although no character of a token needs one.
//!
//! Such a token has no fixed beginning that could be searched for, so stretches with an escape are decoded. In a token,
//! every mark (`\` or `%`) begins an escape, and no escape has another mark inside. So a mark means the same wherever
//! reading begins, and each stretch is read only once, for all kinds: `%61cme_%64eploy_` gives the same characters from
//! every place. The exception is a token that begins with digits of an escape, such as the `61cme_` in it. Such
//! beginnings are looked at separately.

use memchr::memchr2_iter;
use token_policy::format::{MAX_TOKEN_BYTES, MIN_TOKEN_BYTES, is_base62, is_prefix_byte};
use zeroize::Zeroize;

use crate::{
    buffer::Buffer,
    escape::{Escape, Unit},
};

/// A part of a text that has only characters of tokens, of which at least one is written as an escape.
pub(super) struct Stretch<'t> {
    /// The place at which the stretch begins.
    start: Places<'t>,
    /// The characters of the stretch, with the escapes decoded.
    bytes: &'t [u8],
    is_open: bool,
}

/// A place in a text, which moves on from character to character.
#[derive(Clone, Copy)]
pub(super) struct Places<'t> {
    escape: Escape,
    text: &'t [u8],
    /// The offset of the place in the text.
    at: usize,
    /// The number of the character that begins at this place.
    number: usize,
}

/// Calls `found` with each stretch of a text that may contain a token, or at its end the beginning of one.
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

/// Returns the earliest place before the first escape at which a token may begin.
fn start(text: &[u8], mark: usize) -> usize {
    let least = mark.saturating_sub(MAX_TOKEN_BYTES - 1);
    let before = text.get(least..mark).unwrap_or_default();
    before.iter().rposition(|byte| !is_token_byte(*byte)).map_or(least, |other| least + other + 1)
}

impl<'t> Stretch<'t> {
    /// Reads up to the first character that no token has, and sets `end` to its place.
    fn read(start: Places<'t>, end: &mut usize, scratch: &'t mut Buffer) -> Self {
        let mut last = start;
        let count = last.by_ref().count();
        let room = scratch.room(count);
        room.iter_mut().zip(start).for_each(|(to, byte)| *to = byte);
        // An escape at the end of the text may go on in the text that follows.
        let is_open = last.is_in_token() || last.is_at_end();
        *end = if is_open { last.text.len() } else { last.at };
        Self { start, bytes: room, is_open }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    /// Returns whether the stretch may go on after the end of the text.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn places(&self) -> Places<'t> {
        self.start
    }

    /// Calls `found` with each place inside an escape, with the end of that escape, and with the text from that place
    /// on: the last bytes of the escape as they are, and then the characters that follow.
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

/// A text in two pieces: the last bytes of an escape, and the characters after it.
pub(super) struct Inside<'t> {
    digits: &'t [u8],
    rest: &'t [u8],
}

impl Inside<'_> {
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        self.digits.iter().chain(self.rest).copied()
    }

    /// Calls `with` with the beginning of the text: as many bytes as a token may have.
    pub(super) fn join(&self, with: impl FnOnce(&[u8])) {
        let mut joined = [0; MAX_TOKEN_BYTES];
        let count = joined.iter_mut().zip(self.bytes()).map(|(to, from)| *to = from).count();
        with(joined.get(..count).unwrap_or_default());
        joined.as_mut_slice().zeroize();
    }
}

impl Places<'_> {
    /// Moves on to the character with this number, and returns the offset in the text at which it begins.
    pub(super) fn of(&mut self, number: usize) -> usize {
        let more = number.saturating_sub(self.number);
        self.take(more).for_each(drop);
        self.at
    }

    /// Returns where a sequence of `len` characters ends. The first of them begins at `start`, inside the escape that
    /// ends at this place.
    pub(super) fn after(mut self, start: usize, len: usize) -> usize {
        let digits = self.at.saturating_sub(start);
        self.of(self.number + len.saturating_sub(digits))
    }

    /// Returns whether the next character may be part of a token.
    fn is_in_token(&self) -> bool {
        match self.unit() {
            Some(Unit::Byte(byte, _)) => is_token_byte(byte),
            Some(Unit::Incomplete) => true,
            None => false,
        }
    }

    /// Returns whether an escape begins here. No token has its mark as a character.
    pub(super) fn is_marked(&self) -> bool {
        self.text.get(self.at) == Some(&self.escape.mark())
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn unit(&self) -> Option<Unit> {
        self.escape.unit(self.text.get(self.at..)?)
    }
}

/// Yields the characters of tokens, up to the first other character.
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

/// Returns whether a token may have this byte, in its prefix or after it.
fn is_token_byte(byte: u8) -> bool {
    is_base62(byte) || is_prefix_byte(byte)
}
