//! What a helper says on its standard error, and what of it an error may repeat.

use std::io::{self, Read};

use super::super::text;
use crate::{Secret, wipe};

/// The beginning of what a helper said. It may hold anything, so it is wiped.
pub(super) struct Words {
    /// The first [`HEARD`] bytes, and behind them room for what is read and forgotten.
    buffer: Secret,
    len: usize,
}

impl Words {
    pub(super) fn new() -> Self {
        Self { buffer: Secret::zeroed(HEARD + 1024), len: 0 }
    }

    /// Reads once. Returns how much was read.
    pub(super) fn hear(&mut self, mut stderr: impl Read) -> io::Result<usize> {
        let room = self.buffer.bytes_mut().get_mut(self.len..).unwrap_or_default();
        let read = stderr.read(room)?;
        self.len = (self.len + read).min(HEARD);
        Ok(read)
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == HEARD
    }

    /// The first line that may be repeated. `output` is what the helper printed: a token, if it is one.
    pub(super) fn first_line(&self, output: &[u8]) -> Option<String> {
        let heard = self.buffer.bytes().get(..self.len).unwrap_or_default();
        said(heard, text::as_token(output).unwrap_or_default())
    }
}

/// What an error may repeat of a program's standard error: its first line with words in it, at most 200 printable ASCII
/// characters of it, for those who run a program themselves.
///
/// Whatever may be a token is masked in it, as [`command`](crate::source::command()) does, and each word that shares eight bytes with `token`.
/// `heard` is what the program wrote, or the beginning of it, at least [`HEARD`] bytes: no more is looked at. It is for the caller to wipe.
///
/// ```
/// let heard = b"cannot log in with ghp_exampleexample\nand more";
/// assert_eq!(token_core::source::said(heard, b"").unwrap(), "cannot log in with [masked]");
/// ```
#[must_use]
pub fn said(heard: &[u8], token: &[u8]) -> Option<String> {
    let heard = heard.get(..HEARD).unwrap_or(heard);
    let said = printable(heard);
    let said = said.bytes().split(|&byte| byte == 0).next().unwrap_or_default();
    let mut lines = said.split(|&byte| byte == b'\n');
    let line = lines.find(|line| line.iter().any(|&byte| byte != b' '))?;
    // What follows the end of the buffer is not known, so its last word may be the beginning of a token.
    let is_cut = heard.len() == HEARD && lines.next().is_none();
    let mut words: Vec<_> =
        line.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).collect();
    let last = words.pop().filter(|_| !is_cut);
    let words = words.into_iter().map(Some).chain([last]);
    let sentence = sentence(words.map(|word| word.filter(|word| may_be_shown(word, token))));
    wipe::registers();
    Some(sentence)
}

/// The words with single spaces between them, a mark in place of those that may not be shown, and no more than fit.
fn sentence<'w>(words: impl Iterator<Item = Option<&'w [u8]>>) -> String {
    let mut sentence = String::new();
    for word in words {
        let word = word.and_then(|word| core::str::from_utf8(word).ok()).unwrap_or(MARK);
        if word == MARK && sentence.ends_with(MARK) {
            continue;
        }
        if sentence.len() + 1 + word.len() > SHOWN {
            break;
        }
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
    }
    sentence
}

/// Whether a word can be no part of a token, as far as one can tell. Tokens are long, or have digits, or
/// capitals and small letters without an order.
fn may_be_shown(word: &[u8], token: &[u8]) -> bool {
    let is_of_token =
        || word.windows(NO_TOKEN).any(|part| token.windows(NO_TOKEN).any(|of| of == part));
    let has_digit = || word.iter().any(u8::is_ascii_digit);
    let is_in_order = || word.split(|byte| !byte.is_ascii_alphabetic()).all(is_in_order);
    word.len() < NO_TOKEN || word.len() < LONG && !has_digit() && is_in_order() && !is_of_token()
}

/// Whether letters are all small or all capitals, or names in which each part begins with a capital, as in `AccessDenied`.
fn is_in_order(letters: &[u8]) -> bool {
    let is_upper = |byte: &u8| byte.is_ascii_uppercase();
    let rest = letters.get(1..).unwrap_or_default();
    if letters.iter().all(is_upper) || !rest.iter().any(is_upper) {
        return true;
    }
    let mut parts = letters.chunk_by(|_, next| !is_upper(next));
    letters.first().is_some_and(is_upper) && parts.all(|part| part.len() >= 3)
}

/// The text in ASCII, in a buffer that is wiped. Line endings become a line feed. What no terminal shows, and
/// what is not ASCII, is left out, so that it parts no token in two. Behind the text are zeros.
fn printable(said: &[u8]) -> Secret {
    let mut text = Secret::zeroed(said.len());
    let mut places = text.bytes_mut().iter_mut();
    let mut bytes = said.iter().copied();
    while let Some(byte) = bytes.next() {
        let shown = match byte {
            ESCAPE => skip_sequence(&mut bytes),
            b'\r' | b'\n' => Some(b'\n'),
            b'\t' => Some(b' '),
            _ => Some(byte).filter(|byte| (b' '..=b'~').contains(byte)),
        };
        if let Some((shown, place)) = shown.and_then(|shown| Some((shown, places.next()?))) {
            *place = shown;
        }
    }
    text
}

/// Skips what follows an escape character: a control sequence, such as a colour, to its final byte (ECMA-48 section
/// 5.4), a string, such as a title, to its terminator (section 5.6), or one byte.
fn skip_sequence(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let _ = match bytes.next() {
        Some(b'[') => bytes.find(|byte| (b'@'..=b'~').contains(byte)),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            bytes.find(|byte| matches!(byte, b'\x07' | b'\\'))
        }
        other => other,
    };
    None
}

const ESCAPE: u8 = 0x1b;

/// How much [`said`] looks at, in bytes.
pub const HEARD: usize = 2048;

/// How much an error shows, in bytes.
const SHOWN: usize = 200;

/// From how many bytes on a word is always masked.
const LONG: usize = 16;

/// Fewer bytes are not enough of a token.
const NO_TOKEN: usize = 8;

const MARK: &str = "[masked]";
