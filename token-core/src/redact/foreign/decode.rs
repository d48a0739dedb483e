//! Encodings of bytes as text.

use crate::redact::escape::hex_value;

/// A text that decodes from any of its characters on, so that the decoding is tried at each phase.
#[derive(Clone, Copy)]
pub(super) enum Digits {
    /// RFC 4648 sections 4 and 5.
    Base64,
    /// Of either case.
    Hex,
}

impl Digits {
    pub(super) const ALL: [Digits; 2] = [Digits::Base64, Digits::Hex];

    /// How many digits make whole bytes together, and so in how many ways a text can be grouped.
    pub(super) fn group(self) -> usize {
        match self {
            Digits::Base64 => 4,
            Digits::Hex => 2,
        }
    }

    /// As few digits as can hold so many bytes.
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

    /// Decodes digits of which the first `missing` of a group are not here, into a buffer of at least their length and 3.
    ///
    /// The bits that are not here are zero. What is less than a byte at the end is left out.
    pub(super) fn decode<'b>(
        self,
        digits: &[u8],
        missing: usize,
        bytes: &'b mut [u8],
    ) -> Option<&'b [u8]> {
        let here = (self.group() - missing) % self.group();
        let (first, rest) = digits.split_at_checked(here)?;
        match self {
            Digits::Base64 => {
                let (head, bytes) = bytes.split_at_mut_checked(if here > 0 { 3 } else { 0 })?;
                triple(base64_bits(first), head);
                base64(rest, bytes);
            }
            Digits::Hex => {
                let (head, bytes) = bytes.split_at_mut_checked(here)?;
                head.copy_from_slice(first);
                hex(rest, bytes);
            }
        }
        bytes.get(..(missing + digits.len()) * self.bits() / 8)
    }

    /// The digits that have a bit of these bytes.
    pub(super) fn of_bytes(self, start: usize, end: usize) -> (usize, usize) {
        (8 * start / self.bits(), (8 * end).div_ceil(self.bits()))
    }
}

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

/// What stands for a character that is no digit of base64.
const NO_DIGIT: u8 = u8::MAX;

/// The values of all characters, in either alphabet.
const SEXTETS: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let (mut rest, mut character) = (values.as_mut_slice(), 0_u8);
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
