//! Decodes the encodings of bytes as text.

use super::leading;
use crate::{buffer::Buffer, escape::hex_value};

/// An encoding. The text may be any part of an encoded text, so decoding is tried for each number of digits by which
/// its first group may be incomplete.
#[derive(Clone, Copy)]
pub(super) enum Digits {
    /// Base64, in either alphabet (RFC 4648 sections 4 and 5).
    Base64,
    /// Hexadecimal digits of either case.
    Hex,
}

impl Digits {
    pub(super) const ALL: [Digits; 2] = [Digits::Base64, Digits::Hex];

    /// Returns how many digits make whole bytes together. This is also the number of ways in which a text can be
    /// grouped.
    pub(super) fn group(self) -> usize {
        match self {
            Digits::Base64 => 4,
            Digits::Hex => 2,
        }
    }

    /// Returns the least number of digits that can hold so many bytes.
    pub(super) fn min_len(self, bytes: usize) -> usize {
        (8 * bytes).div_ceil(self.bits())
    }

    fn bits(self) -> usize {
        match self {
            Digits::Base64 => 6,
            Digits::Hex => 4,
        }
    }

    #[inline]
    pub(super) fn is_digit(self, byte: u8) -> bool {
        match self {
            Digits::Base64 => sextet(byte) != u32::from(NO_DIGIT),
            Digits::Hex => byte.is_ascii_hexdigit(),
        }
    }

    /// Returns how many whole bytes are in `digits` if the first group lacks its first `missing` digits.
    pub(super) fn bytes(self, digits: &[u8], missing: usize) -> usize {
        (self.bits() * digits.len()).saturating_sub(self.first_bit(missing)) / 8
    }

    /// Returns the bit of `digits` at which the first whole byte begins if the first group lacks its first `missing`
    /// digits.
    pub(super) fn first_bit(self, missing: usize) -> usize {
        missing * (8 - self.bits())
    }

    /// Yields the bits of a digit at which a byte may begin.
    pub(super) fn first_bits(self) -> impl Iterator<Item = usize> {
        (0..self.bits().min(5)).step_by(8 - self.bits())
    }

    /// Returns the highest bits of the byte that begins at `bit` of a digit, and how many there are in this digit.
    pub(super) fn high_bits(self, digit: u8, bit: usize) -> (u8, u32) {
        let value = match self {
            Digits::Base64 => SEXTETS.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT),
            Digits::Hex => hex_value(digit).unwrap_or_default(),
        };
        let count = self.bits() - bit;
        (value & ((1 << count) - 1), count as u32)
    }

    /// Returns whether a value that begins at this bit has only two bits in the first digit. They are the same for all
    /// letters, so this digit is not replaced, and need not wait.
    pub(super) fn is_shared(self, bit: usize) -> bool {
        match self {
            Digits::Base64 => bit % 6 == 4,
            Digits::Hex => false,
        }
    }

    /// Returns the byte that begins at `bit`, or `None` if `digits` end before it does or it has a character that is no
    /// hexadecimal digit.
    #[inline]
    pub(super) fn byte(self, digits: &[u8], bit: usize) -> Option<u8> {
        let pair = |at: usize| digits.get(at..)?.first_chunk::<2>();
        match self {
            Digits::Base64 => {
                let [high, low] = pair(bit / 6)?.map(sextet);
                Some(((high << 6 | low) >> (4 - bit % 6)) as u8)
            }
            Digits::Hex => {
                let [high, low] = pair(bit / 4)?.map(hex_value);
                Some(high? << 4 | low?)
            }
        }
    }

    /// Returns the range of the digits that hold the bits from `start` to `end`.
    pub(super) fn of_bits(self, start: usize, end: usize) -> (usize, usize) {
        (start / self.bits(), end.div_ceil(self.bits()))
    }

    /// Decodes bytes up to the first one that is no visible character, and returns them. The first byte begins in the
    /// first digit; `before` other digits stand before that digit, in its group or in earlier groups. The caller must
    /// have checked that the first three bytes are visible.
    pub(super) fn visible<'b>(
        self,
        digits: &[u8],
        before: usize,
        scratch: &'b mut Buffer,
    ) -> &'b [u8] {
        let missing = before % self.group();
        let first = (self.group() - missing) % self.group();
        let (first, rest) = digits.split_at_checked(first).unwrap_or((digits, &[]));
        let mut end = if missing > 0 { 3 } else { 0 };
        let room = scratch.room(digits.len() + 3);
        let (head, tail) = room.split_at_mut_checked(end).unwrap_or_default();
        triple(base64_bits(first), head);
        // The digits are decoded in pieces, so that little is decoded after the first byte that is not visible.
        let pieces = rest.chunks(PIECE).zip(tail.chunks_mut(PIECE * self.bits() / 8));
        for (digits, bytes) in pieces {
            match self {
                Digits::Base64 => base64(digits, bytes),
                Digits::Hex => hex(digits, bytes),
            }
            let whole = bytes.get(..digits.len() * self.bits() / 8).unwrap_or_default();
            let visible = leading(whole, |byte| byte.is_ascii_graphic());
            end += visible;
            if visible < whole.len() {
                break;
            }
        }
        // A byte begins in each digit of a group except the last one.
        let last = (missing + digits.len()) * self.bits() / 8;
        room.get(missing..end.min(last)).unwrap_or_default()
    }
}

/// How many digits are decoded at a time. It is a multiple of every group.
const PIECE: usize = 64;

fn base64(digits: &[u8], bytes: &mut [u8]) {
    let (groups, rest) = digits.as_chunks::<4>();
    let (triples, rest_bytes) = bytes.as_chunks_mut::<3>();
    for (group, bytes) in groups.iter().zip(&mut *triples) {
        let [a, b, c, d] = group.map(sextet);
        let [_, decoded @ ..] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
        *bytes = decoded;
    }
    let last = triples.get_mut(groups.len()).map_or(rest_bytes, |triple| triple.as_mut_slice());
    triple(base64_bits(rest) << (6 * (4 - rest.len())), last);
}

fn hex(digits: &[u8], bytes: &mut [u8]) {
    let value = |digit: u8| hex_value(digit).unwrap_or_default();
    for ([high, low], byte) in digits.as_chunks::<2>().0.iter().zip(bytes) {
        *byte = value(*high) << 4 | value(*low);
    }
}

fn base64_bits(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |bits, digit| bits << 6 | sextet(*digit))
}

fn triple(bits: u32, bytes: &mut [u8]) {
    let [_, decoded @ ..] = bits.to_be_bytes();
    bytes.iter_mut().zip(decoded).for_each(|(to, from)| *to = from);
}

#[inline]
fn sextet(character: u8) -> u32 {
    u32::from(SEXTETS.get(usize::from(character)).copied().unwrap_or(NO_DIGIT))
}

/// The value in [`SEXTETS`] of a character that is no digit of base64.
const NO_DIGIT: u8 = u8::MAX;

/// The values of all characters as digits of base64, in either alphabet.
const SEXTETS: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let (mut rest, mut character): (&mut [u8], _) = (&mut values, 0_u8);
    while let Some((value, others)) = rest.split_first_mut() {
        *value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => NO_DIGIT,
        };
        character = character.wrapping_add(1);
        rest = others;
    }
    values
};
