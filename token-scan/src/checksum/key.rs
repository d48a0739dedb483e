//! Checks private keys in PEM (RFC 7468), and in the form of OpenSSH and OpenPGP.

mod der;
mod openpgp;
mod openssh;
#[cfg(test)]
mod tests;

use self::der::read as read_der;
use super::{Checksum, from_base64};
use crate::text::slice;

/// What a private key holds. The states are ordered: in a block of several keys the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// The key holds its secret, and nothing protects it.
    Open,
    /// A passphrase protects the secret.
    Locked,
    /// The secret is somewhere else, such as on a card.
    Empty,
}

/// Returns whether a block is a whole private key that needs no passphrase.
pub(super) fn is_private(block: &[u8]) -> bool {
    !says_encrypted(block) && states(block).any(|state| state == State::Open)
}

/// Returns whether a block is more than a fragment of a key, such as documentation shows: it has at least half of the
/// bytes that its DER header states, and is no key whose secret is somewhere else.
pub(super) fn is_not_cut(block: &[u8]) -> bool {
    let is_half = |key: &[u8]| der_length(key).map(|(rest, length)| rest.len() * 2 >= length);
    let halves: Vec<bool> = bodies(block).filter_map(|key| is_half(&key)).collect();
    let is_cut = !halves.is_empty() && !halves.contains(&true);
    !is_cut && !states(block).any(|state| state == State::Empty)
}

/// Returns whether a block is a private key that needs a passphrase.
pub(super) fn is_encrypted(block: &[u8]) -> bool {
    let said = || says_encrypted(block) && bodies(block).next().is_some_and(|key| key.len() >= 48);
    states(block).any(|state| state == State::Locked) || said()
}

/// Returns the check that a file as a whole passes as a private key in DER, or as a key store of PKCS #12. A store counts
/// as encrypted: a password, good or bad, protects it.
pub(super) fn of_file(file: &[u8]) -> Option<Checksum> {
    match read_der(file) {
        Some(State::Open) => Some(Checksum::Key),
        Some(State::Locked) => Some(Checksum::EncryptedKey),
        Some(State::Empty) => None,
        None => der::is_key_store(file).then_some(Checksum::EncryptedKey),
    }
}

/// Yields the state of the key for each way in which its body may be written, as far as it is understood.
fn states(block: &[u8]) -> impl Iterator<Item = State> {
    let is_openpgp = memchr::memmem::find(slice(block, 0, 64), b"PGP").is_some();
    bodies(block).filter_map(move |key| match is_openpgp {
        true => openpgp::read(&key),
        false => openssh::read(&key).or_else(|| read_der(&key)),
    })
}

/// Returns whether a text is the DER of a private key in base64, without PEM around it.
pub(super) fn is_bare(digits: &[u8]) -> bool {
    from_base64(digits).is_some_and(|key| read_der(&key) == Some(State::Open))
}

/// Returns the content of a DER sequence, and the length that its header states. Returns `None` if the bytes are no DER
/// sequence.
fn der_length(der: &[u8]) -> Option<(&[u8], usize)> {
    match der {
        [0x30, length @ 0..=0x7f, content @ ..] => Some((content, usize::from(*length))),
        [0x30, 0x81, length, content @ ..] => Some((content, usize::from(*length))),
        [0x30, 0x82, high, low, content @ ..] => {
            Some((content, usize::from(u16::from_be_bytes([*high, *low]))))
        }
        _ => None,
    }
}

fn says_encrypted(block: &[u8]) -> bool {
    memchr::memmem::find(slice(block, 0, 300), b"ENCRYPTED").is_some()
}

/// Takes the digits of base64 out of a body.
type Way = fn(&[u8]) -> Vec<u8>;

/// Yields the decoded body for each way in which it may be written: with escaped line breaks and with quoted or
/// commented lines; with a remark after the first line; as in a log, with the time before each line; or by a program, with
/// a statement for each line.
fn bodies(block: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let body = text(block).unwrap_or_default();
    let ways: [Way; 4] = [digits, digits_after_remark, last_words, statements];
    ways.into_iter().filter_map(move |way| from_base64(&way(body)))
}

/// Returns the text between the first and the last line of a block, or `None` if the block lacks them.
fn text(block: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(block, b"KEY")? + 3;
    let rest = slice(block, start, block.len());
    let dashes = memchr::memmem::find(rest, b"-----")? + 5;
    let rest = slice(rest, dashes, rest.len());
    let end = memchr::memmem::find(rest, b"-----").unwrap_or(rest.len());
    Some(slice(rest, 0, end))
}

/// Returns the digits of all lines.
fn digits(body: &[u8]) -> Vec<u8> {
    let (mut digits, lines) = (Vec::new(), lines(body));
    // In a diff each added line begins with `+`, which must not be read as a digit of base64.
    let added = lines.iter().filter(|line| !line.is_empty()).all(|line| line.starts_with(b"+"));
    for line in &lines {
        let line = slice(line, usize::from(added), line.len());
        if line.first() == Some(&b'=') {
            break; // The CRC-24 of OpenPGP.
        }
        if !line.contains(&b':') {
            digits.extend(line.iter().copied().filter(|byte| is_digit(*byte)));
        }
    }
    digits
}

fn digits_after_remark(body: &[u8]) -> Vec<u8> {
    let end = memchr::memchr2(b'\n', b'\\', body).unwrap_or(body.len());
    digits(slice(body, end, body.len()))
}

/// Returns the last word of each line but the last line, which has only the end of the block.
fn last_words(body: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = body.split(|byte| matches!(byte, b'\n' | b'\\')).collect();
    lines.pop();
    let words = lines.into_iter().filter_map(|line| {
        let word = line.trim_ascii_end().rsplit(u8::is_ascii_whitespace).next();
        // Digits of base64 come in groups of four, so a shorter word is left over from an escape.
        word.filter(|word| word.len() >= 4)
    });
    words.flatten().copied().filter(|byte| is_digit(*byte)).collect()
}

/// Returns the digits of a body of which each line is written by a statement of its own. The same text stands before the
/// digits of each line, as `sb.append("`, `echo ` or `key += '` do, so the first line shows where the digits of the others
/// begin.
fn statements(body: &[u8]) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut before: Option<Vec<u8>> = None;
    for line in broken(body) {
        let line = line.trim_ascii();
        let begun = before.as_ref().map(|before| line.strip_prefix(before.as_slice()));
        let rest = match begun {
            Some(Some(rest)) => rest,
            Some(None) => continue,
            None => {
                let Some(start) = long_run(line) else { continue };
                before = Some(slice(line, 0, start).to_vec());
                slice(line, start, line.len())
            }
        };
        let length = rest.iter().take_while(|byte| is_digit(**byte)).count();
        digits.extend_from_slice(slice(rest, 0, length));
    }
    digits
}

/// The ways in which languages and HTML write a line break, beside the line feed. Each begins with a sign that no line of
/// digits has.
const BREAKS: [&[u8]; 5] = [b"`r`n", b"`n", b"<br>", b"<br/>", b"<br />"];

/// Yields the lines of a body, also where a line break is an escape of a language or a tag of HTML.
fn broken(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(body);
    std::iter::from_fn(move || {
        let text = rest?;
        let length = |at: usize| {
            let here = slice(text, at, text.len());
            let known = BREAKS.iter().find(|known| here.starts_with(known));
            if here.first() == Some(&b'\n') { Some(1) } else { known.map(|known| known.len()) }
        };
        let signs = memchr::memchr3_iter(b'\n', b'`', b'<', text);
        let Some((at, length)) = signs.filter_map(|at| Some((at, length(at)?))).next() else {
            return rest.take();
        };
        rest = Some(slice(text, at + length, text.len()));
        Some(slice(text, 0, at))
    })
}

/// The least digits of the first line of a key.
const LONG: usize = 40;

/// Returns where a run of as many digits begins as the first line of a key has.
fn long_run(line: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < line.len() {
        let rest = slice(line, at, line.len());
        let length = rest.iter().take_while(|byte| is_digit(**byte)).count();
        if length >= LONG {
            return Some(at);
        }
        at += length + 1;
    }
    None
}

/// Returns the lines of a body, without the signs that quote them or join them.
fn lines(body: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut bytes = body.iter().copied().peekable();
    let mut last = b'\n';
    while let Some(byte) = bytes.next() {
        let escaped = byte == b'\\' && matches!(bytes.peek(), Some(b'n' | b'r'));
        if escaped {
            bytes.next();
        }
        let alone = !is_digit(last) && !bytes.peek().is_some_and(|next| is_digit(*next));
        last = if escaped { b'\n' } else { byte };
        if last == b'\n' {
            lines.push(Vec::new());
        } else if let Some(line) = lines.last_mut()
            && (is_digit(byte) && !(byte == b'+' && alone) || byte == b':' || byte == b'=')
        {
            line.push(byte);
        }
    }
    lines
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}
