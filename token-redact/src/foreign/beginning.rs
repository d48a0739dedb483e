//! Knows how registered values may begin, so that text with which none begins need not wait.

use zeroize::Zeroize;

use super::{
    Foreign, Keys, WINDOW, can_be_part, decode::Digits, fingerprint::Fingerprint, leading,
};
use crate::{
    control,
    escape::{Escape, Unit, is_needless},
};

/// Of how many first bytes of a value something is kept, beside its very first byte.
const LENGTHS: [usize; 4] = [2, 4, 8, 16];

/// Of values shorter than this, nothing is kept of their first eight bytes and more: they are easier to guess.
const LONG: usize = 32;

/// How many bytes of a text are looked at to see whether a value may begin there: the most in which [`WINDOW`]
/// characters are written.
pub(in super::super) const LOOK: usize = Escape::MAX_UNIT * WINDOW;

/// What is kept of the first bytes of one value: the first byte, and eight bits for each of [`LENGTHS`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    first: u8,
    bits: [Option<u8>; LENGTHS.len()],
}

/// How all registered values begin.
#[derive(Clone)]
pub(super) struct Beginnings {
    /// The set of the first bytes.
    first: u128,
    /// For each of [`LENGTHS`], the set of the values that eight bits have.
    sets: [Set; LENGTHS.len()],
    /// The set of the bytes with which a value in any form may begin. This rules out most places of a text.
    written: Set,
}

/// A set of bytes.
type Set = [u128; 2];

/// Where in a text a value may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Waiting {
    /// The text from here on has to be kept.
    pub(in super::super) keep: usize,
    /// The text from here on must not be shown yet. It is `keep`, or the place after it: the mark of an escape and the
    /// shared first digit of base64 belong to no value, but tell how to read the text after them.
    pub(in super::super) show: usize,
}

/// Whether a value may begin at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum May {
    Not,
    /// It begins after the byte at this place.
    After,
    Here,
}

impl Beginning {
    pub(super) fn of(keys: Keys, value: &[u8]) -> Option<Self> {
        let bits = LENGTHS.map(|len| match len >= 8 && value.len() < LONG {
            true => None,
            false => bits(keys, value.get(..len)?),
        });
        Some(Self { first: *value.first()?, bits })
    }
}

/// Returns eight bits of the first bytes of a value, under the keys.
fn bits(keys: Keys, beginning: &[u8]) -> Option<u8> {
    let mut window = [0; WINDOW];
    window.get_mut(..beginning.len())?.copy_from_slice(beginning);
    let bits = keys.fingerprint(&window).0 >> (Fingerprint::BITS - 8);
    window.zeroize();
    u8::try_from(bits).ok()
}

impl Beginnings {
    pub(super) fn new<'b>(values: impl Iterator<Item = &'b Beginning>) -> Self {
        let mut all = Self { first: 0, sets: [[0; 2]; LENGTHS.len()], written: [0; 2] };
        for value in values {
            all.first |= 1 << (value.first & 127);
            for (set, bits) in all.sets.iter_mut().zip(value.bits) {
                match bits {
                    Some(bits) => insert(set, bits),
                    None => *set = [u128::MAX; 2],
                }
            }
        }
        let written = (0..=u8::MAX).filter(|byte| all.may_be_written(*byte)).collect::<Vec<_>>();
        written.into_iter().for_each(|byte| insert(&mut all.written, byte));
        all
    }

    /// Returns whether a value may begin with a byte, in any form.
    fn may_be_written(&self, byte: u8) -> bool {
        let in_digits = |digits: Digits| {
            digits.is_digit(byte)
                && digits.first_bits().any(|bit| {
                    let (high, count) = digits.high_bits(byte, bit);
                    self.may_have_bits(high, count)
                })
        };
        self.may_have_bits(byte, 8)
            || Escape::ALL.iter().any(|escape| escape.mark() == byte)
            || Digits::ALL.into_iter().any(in_digits)
    }

    /// Returns whether a value may begin with these characters.
    fn may_have(&self, keys: Keys, characters: &[u8]) -> bool {
        let Some(first) = characters.first() else { return self.first != 0 };
        self.may_have_bits(*first, 8)
            && self.sets.iter().zip(LENGTHS).all(|(set, len)| {
                let Some(beginning) = characters.get(..len) else { return true };
                bits(keys, beginning).is_none_or(|bits| has(set, bits))
            })
    }

    /// Returns whether the first byte of a value may have these highest bits.
    fn may_have_bits(&self, high: u8, count: u32) -> bool {
        let low = 8 - count;
        let lowest = u32::from(high) << low;
        lowest < 128 && self.first >> lowest & (u128::MAX >> (128 - (1 << low))) != 0
    }

    /// Returns whether the first character of a value may be one that an escape is needed for.
    fn needs_escape(&self) -> bool {
        (0..128).any(|byte| self.first >> byte & 1 == 1 && !is_needless(byte))
    }
}

fn insert(set: &mut Set, bits: u8) {
    set.get_mut(usize::from(bits >> 7)).into_iter().for_each(|half| *half |= 1 << (bits & 127));
}

fn has(set: &Set, bits: u8) -> bool {
    set.get(usize::from(bits >> 7)).is_some_and(|half| half >> (bits & 127) & 1 == 1)
}

impl Foreign {
    /// Returns the place in `text` at which the first value may begin, as far as its first characters tell. The text
    /// goes on. Each place is looked at by itself, so this costs no more than the text that need not wait.
    pub(in super::super) fn waiting(&self, text: &[u8]) -> Waiting {
        for keep in 0..text.len() {
            match self.may_begin(text.get(keep..).unwrap_or_default()) {
                May::Not => {}
                May::After => return Waiting { keep, show: keep + 1 },
                May::Here => return Waiting { keep, show: keep },
            }
        }
        Waiting { keep: text.len(), show: text.len() }
    }

    /// Returns whether a value may begin with `text`.
    fn may_begin(&self, text: &[u8]) -> May {
        if !text.first().is_some_and(|first| has(&self.beginnings.written, *first)) {
            return May::Not;
        }
        let near = text.get(..LOOK).unwrap_or(text);
        let count = leading(near, can_be_part);
        let word =
            Begun { text: near.get(..count).unwrap_or_default(), is_closed: count < near.len() };
        let plain = self.plain(word).max(self.digits_begun(word));
        let may = plain.max(self.escapes_begun(word)).max(self.utf16_begun(word));
        if may == May::Here || near.get(count).is_none_or(|byte| control::ends_word(*byte)) {
            return may;
        }
        // A control sequence follows, or stands in the word.
        let mut room = [0; LOOK];
        let (count, is_closed) = control::visible(text, &mut room);
        let word = Begun { text: room.get(..count).unwrap_or_default(), is_closed };
        let may = may.max(self.plain(word)).max(self.digits_begun(word));
        room.zeroize();
        may
    }

    fn plain(&self, word: Begun<'_>) -> May {
        let characters = word.text.get(..WINDOW).unwrap_or(word.text);
        let is_short = word.is_closed && word.text.len() < self.min_len;
        here(!is_short && self.beginnings.may_have(self.keys, characters))
    }

    /// The text may begin within a byte of the encoding. A value has a part of the first digit of base64 then.
    fn digits_begun(&self, word: Begun<'_>) -> May {
        Digits::ALL.into_iter().map(|digits| self.digits_of(digits, word)).max().unwrap_or(May::Not)
    }

    fn digits_of(&self, digits: Digits, word: Begun<'_>) -> May {
        let count = word.text.iter().take_while(|byte| digits.is_digit(**byte)).count();
        let part = word.text.get(..count).unwrap_or_default();
        let is_closed = word.is_closed || count < word.text.len();
        if count == 0 || (is_closed && count < digits.min_len(self.min_len)) {
            return May::Not;
        }
        digits.first_bits().map(|bit| self.digits_at(digits, part, bit)).max().unwrap_or(May::Not)
    }

    fn digits_at(&self, digits: Digits, part: &[u8], bit: usize) -> May {
        let mut characters = [0; WINDOW];
        let decoded = (0..WINDOW).map_while(|number| digits.byte(part, bit + 8 * number));
        let count = characters.iter_mut().zip(decoded).map(|(to, from)| *to = from).count();
        let may = match (count, part.first()) {
            (0, Some(digit)) => {
                let (high, count) = digits.high_bits(*digit, bit);
                self.beginnings.may_have_bits(high, count)
            }
            _ => self.beginnings.may_have(self.keys, characters.get(..count).unwrap_or_default()),
        };
        characters.zeroize();
        match (may, digits.is_shared(bit)) {
            (false, _) => May::Not,
            (true, true) => May::After,
            (true, false) => May::Here,
        }
    }

    fn escapes_begun(&self, word: Begun<'_>) -> May {
        let escapes = Escape::ALL.into_iter().filter(|escape| word.text.contains(&escape.mark()));
        escapes.map(|escape| self.escape_begun(escape, word)).max().unwrap_or(May::Not)
    }

    fn escape_begun(&self, escape: Escape, word: Begun<'_>) -> May {
        let (mut characters, mut count, mut at) = ([0; WINDOW], 0, 0);
        while let Some(place) = characters.get_mut(count) {
            let (byte, len) = match escape.unit(word.text.get(at..).unwrap_or_default()) {
                Some(Unit::Byte(byte, len)) => (byte, len),
                Some(Unit::Incomplete) if word.is_closed => (escape.mark(), 1),
                Some(Unit::Incomplete) | None => break,
            };
            (*place, count, at) = (byte, count + 1, at + len);
        }
        let begun = characters.get(..count).unwrap_or_default();
        let is_short = word.is_closed && count < WINDOW;
        let may = !is_short && self.beginnings.may_have(self.keys, begun);
        // The mark stays if its character needs no escape.
        let is_marked = word.text.first() == Some(&escape.mark());
        let is_needed = match begun.first() {
            Some(first) => !is_needless(*first),
            None => self.beginnings.needs_escape(),
        };
        characters.zeroize();
        match (may, is_marked && !is_needed) {
            (false, _) => May::Not,
            (true, true) => May::After,
            (true, false) => May::Here,
        }
    }

    fn utf16_begun(&self, word: Begun<'_>) -> May {
        let mut characters = [0; WINDOW];
        let units = word.text.chunks(2).take(WINDOW);
        let whole = units.clone().take_while(|unit| unit.get(1) == Some(&0)).count();
        let count = units.zip(&mut characters).take(whole).map(|(unit, to)| {
            *to = unit.first().copied().unwrap_or_default();
        });
        let count = count.count();
        // The second byte of the last unit may be any byte.
        let is_short = word.is_closed && count + 1 < WINDOW;
        let may = count > 0
            && !is_short
            && self.beginnings.may_have(self.keys, characters.get(..count).unwrap_or_default());
        characters.zeroize();
        here(may)
    }
}

/// The beginning of a word, of [`LOOK`] bytes at most.
#[derive(Clone, Copy)]
struct Begun<'t> {
    text: &'t [u8],
    /// Whether the word ends here.
    is_closed: bool,
}

fn here(may: bool) -> May {
    if may { May::Here } else { May::Not }
}
