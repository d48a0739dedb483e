//! Knows the control sequences of terminals, such as colours. They may stand between the characters of a token, and are
//! no characters themselves.

use memchr::{memchr_iter, memrchr};

use super::{buffer::Buffer, foreign::can_be_part};

/// The byte with which every sequence begins.
pub(super) const ESC: u8 = 0x1b;

/// The most bytes of parameters that a sequence has. Two colours of 24 bits and some attributes, which some libraries write
/// as one sequence, have about 40 of them.
const MAX_PARAMETERS: usize = 48;

/// The length of the longest sequence.
const MAX_SEQUENCE: usize = MAX_PARAMETERS + 3;

/// The most bytes of sequences between two characters of one word. This bounds how much text may wait.
const MAX_BETWEEN: usize = 64;

/// What begins at an ESC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sequence {
    /// A sequence of so many bytes.
    Whole(usize),
    /// The text ends before the sequence does.
    Incomplete,
    Nothing,
}

/// A word with sequences inside, without them. A word has only bytes that can be part of a token.
pub(super) struct Word<'w> {
    start: usize,
    bytes: &'w [u8],
    /// Where sequences stood: the number of the byte that follows, and how many bytes were left out up to there.
    left_out: Vec<(usize, usize)>,
    /// Whether the word may go on after the end of the text.
    pub(super) is_open: bool,
}

/// Returns whether no token in any form goes on after this byte.
pub(super) fn ends_word(byte: u8) -> bool {
    !can_be_part(byte) && byte != ESC
}

/// Calls `found` with each word of a text that has a sequence inside. Of the text before the first sequence of a word,
/// `reach` bytes belong to it at most.
pub(super) fn each_word(
    text: &[u8],
    reach: usize,
    room: &mut Buffer,
    mut found: impl FnMut(&Word<'_>),
) {
    let mut end = 0;
    for escape in memchr_iter(ESC, text) {
        if escape < end || sequence(text.get(escape..).unwrap_or_default()) == Sequence::Nothing {
            continue;
        }
        let before = text.get(end.max(escape.saturating_sub(reach))..escape).unwrap_or_default();
        let count = before.iter().rev().take_while(|byte| can_be_part(**byte)).count();
        let (word, next) = Word::read(text, escape - count, room);
        end = next;
        found(&word);
    }
    if !room.is_empty() {
        room.clear();
    }
}

/// Moves a place out of a sequence: to its ESC, if it is inside one. A text must not be cut there, since the sequence
/// could no longer be recognized.
pub(super) fn outside(text: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(MAX_SEQUENCE);
    let Some(escape) = memrchr(ESC, text.get(from..at).unwrap_or_default()) else { return at };
    let escape = from + escape;
    match sequence(text.get(escape..).unwrap_or_default()) {
        Sequence::Whole(len) if escape + len > at => escape,
        Sequence::Incomplete => escape,
        Sequence::Whole(_) | Sequence::Nothing => at,
    }
}

/// Copies the beginning of a text without its sequences into `room`, up to the first byte that is part of no token.
/// Returns how many bytes were copied, and whether the text goes on with such a byte.
pub(super) fn visible(text: &[u8], room: &mut [u8]) -> (usize, bool) {
    let mut pieces = Pieces { text, at: 0, between: 0 };
    for count in 0..room.len() {
        match (pieces.next(), room.get_mut(count)) {
            (Piece::Byte(_, byte), Some(place)) => *place = byte,
            (Piece::Byte(..), None) => {}
            (Piece::End, _) => return (count, true),
            (Piece::Open, _) => return (count, false),
        }
    }
    (room.len(), false)
}

impl<'w> Word<'w> {
    /// Reads the word that begins at `start`. Returns the place at which the next word may begin, too.
    fn read(text: &[u8], start: usize, room: &'w mut Buffer) -> (Self, usize) {
        let mut pieces = Pieces { text, at: start, between: 0 };
        let (mut left_out, mut count) = (Vec::new(), 0);
        let bytes = room.room(text.len() - start);
        let is_open = loop {
            match pieces.next() {
                Piece::Byte(at, byte) => {
                    let out = at - start - count;
                    if left_out.last().map_or(0, |(_, out)| *out) != out {
                        left_out.push((count, out));
                    }
                    bytes.get_mut(count).into_iter().for_each(|place| *place = byte);
                    count += 1;
                }
                Piece::End => break false,
                Piece::Open => break true,
            }
        };
        let bytes = bytes.get(..count).unwrap_or_default();
        (Self { start, bytes, left_out, is_open }, pieces.at)
    }

    pub(super) fn bytes(&self) -> &'w [u8] {
        self.bytes
    }

    /// Returns the place in the text of the byte with this number.
    pub(super) fn place(&self, number: usize) -> usize {
        let before = self.left_out.partition_point(|(first, _)| *first <= number);
        let out = before.checked_sub(1).and_then(|at| self.left_out.get(at));
        self.start + number + out.map_or(0, |(_, out)| *out)
    }

    /// Returns the range in the text of some bytes of the word.
    pub(super) fn range(&self, start: usize, end: usize) -> (usize, usize) {
        (self.place(start), self.place(end.saturating_sub(1)) + 1)
    }
}

/// Reads a word byte by byte.
struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
    /// How many bytes of sequences stand before the next byte.
    between: usize,
}

enum Piece {
    /// A byte of the word, and its place.
    Byte(usize, u8),
    /// The word ends.
    End,
    /// The text ends.
    Open,
}

impl Pieces<'_> {
    fn next(&mut self) -> Piece {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            match rest.first() {
                None => return Piece::Open,
                Some(&ESC) => match sequence(rest) {
                    Sequence::Whole(len) if self.between + len <= MAX_BETWEEN => {
                        self.between += len;
                        self.at += len;
                    }
                    Sequence::Incomplete => return Piece::Open,
                    Sequence::Whole(_) | Sequence::Nothing => return Piece::End,
                },
                Some(byte) if can_be_part(*byte) => {
                    self.between = 0;
                    self.at += 1;
                    return Piece::Byte(self.at - 1, *byte);
                }
                Some(_) => return Piece::End,
            }
        }
    }
}

/// Reads what begins at the ESC at the beginning of `text`: a control sequence (ECMA-48 section 5.4: `ESC [`, parameters,
/// and a letter), or the choice of a character set (ECMA-35: `ESC ( B`, which `tput sgr0` writes).
fn sequence(text: &[u8]) -> Sequence {
    match text {
        [_] | [_, b'('] => Sequence::Incomplete,
        [_, b'[', rest @ ..] => {
            let is_parameter = |byte: &&u8| matches!(**byte, 0x30..=0x3f);
            let count = rest.iter().take(MAX_PARAMETERS).take_while(is_parameter).count();
            match rest.get(count) {
                None => Sequence::Incomplete,
                Some(0x40..=0x7e) => Sequence::Whole(count + 3),
                Some(_) => Sequence::Nothing,
            }
        }
        [_, b'(', 0x30..=0x7e, ..] => Sequence::Whole(3),
        _ => Sequence::Nothing,
    }
}
