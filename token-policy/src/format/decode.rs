//! Reads a token in one of its encoded forms.

use core::fmt;

use super::{Form, MAX_TOKEN_BYTES, Malformed, Prefix, check};

impl Form {
    /// Reads and [checks](super::check) the token with whose needle `text` begins.
    ///
    /// Returns how many bytes of `text` the token takes, which is [`Form::encoded_bytes`]. The decoded token is in the
    /// first [`Prefix::token_bytes`] of `token`. Wipe `token` also after an error, since it may hold a part of a token.
    ///
    /// ```
    /// # #[cfg(feature = "format")] {
    /// use token_policy::format::{self, Form, Prefix};
    ///
    /// let prefix = Prefix::parse("acme_deploy")?;
    /// let mut written = [0; 48];
    /// format::compose(&prefix, &[7; format::ENTROPY_BYTES], &mut written)?;
    /// let text: Vec<u8> = written.iter().flat_map(|byte| [*byte, 0]).collect();
    ///
    /// let mut token = [0; format::MAX_TOKEN_BYTES];
    /// assert_eq!(Form::Utf16.decode(&prefix, &text, &mut token), Ok(95));
    /// assert_eq!(token[..48], written);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if `text` doesn't begin with a token of this prefix in this form, or if it ends before that is known.
    pub fn decode(
        self,
        prefix: &Prefix,
        text: &[u8],
        token: &mut [u8; MAX_TOKEN_BYTES],
    ) -> Result<usize, DecodeError> {
        let encoded = self.encoded_bytes(prefix);
        let text = text.get(..encoded).unwrap_or(text);
        let token = token.get_mut(..prefix.token_bytes()).unwrap_or_default();
        let written = match self {
            Form::Raw => fill(token, text.iter().map(|byte| Some(*byte))),
            Form::Base64 | Form::Base64After1 | Form::Base64After2 => {
                fill(token, Bits::new(prefix, self.skipped_bits(), text))
            }
            Form::HexLower | Form::HexUpper => fill(token, text.chunks(2).filter_map(hex_pair)),
            Form::Utf16 => fill(token, text.chunks(2).map(utf16_unit)),
        };
        let written = written.ok_or(Malformed::Form)?;
        let begun = token.get(..written).unwrap_or_default();
        if !is_beginning(begun, prefix) {
            return Err(Malformed::Form.into());
        }
        if text.len() < encoded {
            return Err(DecodeError::Incomplete);
        }
        check(token)?;
        Ok(encoded)
    }
}

/// Says why no token was read, and contains no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The text may be the beginning of a token, but it ends too early.
    Incomplete,
    /// The text is no token.
    Malformed(Malformed),
}

impl From<Malformed> for DecodeError {
    fn from(malformed: Malformed) -> DecodeError {
        DecodeError::Malformed(malformed)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Incomplete => f.write_str("the text ends before the token does"),
            DecodeError::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Writes the decoded bytes into `token` and returns how many there were. Returns `None` if the text has another
/// encoding.
fn fill(token: &mut [u8], mut bytes: impl Iterator<Item = Option<u8>>) -> Option<usize> {
    let mut written = 0;
    for place in token {
        let Some(byte) = bytes.next() else { break };
        *place = byte?;
        written += 1;
    }
    Some(written)
}

/// Returns whether the decoded bytes may be the beginning of a token with this prefix.
fn is_beginning(begun: &[u8], prefix: &Prefix) -> bool {
    let prefix = prefix.as_bytes();
    let (head, tail) = begun.split_at_checked(prefix.len()).unwrap_or((begun, &[]));
    prefix.starts_with(head) && tail.iter().all(u8::is_ascii_alphanumeric)
}

/// Decodes two hexadecimal digits. Returns `None` for a single digit, which is the end of the text and is skipped;
/// `Some(None)` if one of the two is no digit.
fn hex_pair(pair: &[u8]) -> Option<Option<u8>> {
    let [high, low] = pair else { return None };
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low))
}

fn utf16_unit(unit: &[u8]) -> Option<u8> {
    match unit {
        [byte, 0] | [byte] => Some(*byte),
        _ => None,
    }
}

/// Decodes base64, one byte at a time. It takes the first bits of the token from the prefix, because the character that
/// carries them stands before the text. Yields `None` for a character that is not base64.
struct Bits<'a> {
    text: core::slice::Iter<'a, u8>,
    bits: u32,
    count: usize,
}

impl<'a> Bits<'a> {
    /// Begins with `skipped` bits of the prefix, which the text lacks.
    fn new(prefix: &Prefix, skipped: usize, text: &'a [u8]) -> Bits<'a> {
        let first = prefix.as_bytes().first().copied().unwrap_or_default();
        Bits { text: text.iter(), bits: u32::from(first) >> (8 - skipped), count: skipped }
    }
}

impl Iterator for Bits<'_> {
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Option<u8>> {
        while self.count < 8 {
            let Some(sextet) = sextet(*self.text.next()?) else { return Some(None) };
            self.bits = self.bits << 6 | u32::from(sextet);
            self.count += 6;
        }
        self.count -= 8;
        let byte = self.bits >> self.count & 0xFF;
        Some(u8::try_from(byte).ok())
    }
}

/// Returns the value of a character of either base64 alphabet, or `None` for any other byte. Of the characters that
/// encode a token, only the last can be 62 or 63, since it has bits of the byte after the token too.
fn sextet(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
