//! Checks private keys in PEM (RFC 7468), and in the form of OpenSSH and OpenPGP.

use super::from_base64;
use crate::text::slice;

const OPENSSH: &[u8] = b"openssh-key-v1\0";
/// The name of the cipher in an OpenSSH key without a passphrase, after its length.
const NO_CIPHER: &[u8] = b"\0\0\0\x04none";

/// Returns whether a block is a whole private key that needs no passphrase.
pub(super) fn is_private(block: &[u8]) -> bool {
    !says_encrypted(block) && bodies(block).any(|key| is_whole(block, &key))
}

/// Returns whether a block is more than a fragment of a key, such as documentation shows: it has at least half of the
/// bytes that its DER header states.
pub(super) fn is_not_cut(block: &[u8]) -> bool {
    let cut = |key: &[u8]| der_length(key).is_some_and(|(rest, length)| rest.len() * 2 < length);
    !bodies(block).any(|key| cut(&key))
}

/// Returns whether a block is a private key that needs a passphrase.
pub(super) fn is_encrypted(block: &[u8]) -> bool {
    let Some(key) = bodies(block).next() else { return false };
    if let Some(rest) = key.strip_prefix(OPENSSH) {
        return !rest.starts_with(NO_CIPHER);
    }
    says_encrypted(block) && key.len() >= 48
}

fn is_whole(block: &[u8], key: &[u8]) -> bool {
    if let Some(rest) = key.strip_prefix(OPENSSH) {
        return rest.starts_with(NO_CIPHER) && key.len() >= 128;
    }
    if memchr::memmem::find(slice(block, 0, 64), b"PGP").is_some() {
        // This is a secret-key packet of the old or the new format: RFC 9580, section 4.2.
        return key.len() >= 64 && matches!(key.first(), Some(0x94 | 0x95 | 0xc5));
    }
    is_der(key)
}

/// Returns whether a key is a DER sequence of exactly the stated length that begins with a version: PKCS #1, PKCS #8 or
/// SEC 1.
fn is_der(key: &[u8]) -> bool {
    let Some((content, length)) = der_length(key) else { return false };
    content.len() == length && content.starts_with(b"\x02\x01")
}

/// Returns whether a text is the DER of a private key in base64, without PEM around it.
pub(super) fn is_bare(digits: &[u8]) -> bool {
    from_base64(digits).is_some_and(|key| is_der(&key) && says_private(&key))
}

/// Returns whether the version and the field after it are those of a private key: an algorithm in PKCS #8 (RFC 5958), a
/// number in PKCS #1 (RFC 8017), the key itself in SEC 1 (RFC 5915). The version alone proves nothing, since messages
/// of SNMP and LDAP and PKCS #12 files begin with one too.
fn says_private(key: &[u8]) -> bool {
    let content = der_length(key).map_or(&[][..], |(content, _)| content);
    matches!(content, [2, 1, 0 | 1, 0x30 | 2, ..] | [2, 1, 1, 4, 0x1c | 0x20 | 0x30 | 0x42, ..])
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
/// commented lines; with a remark after the first line; or, as in a log, with the time before each line.
fn bodies(block: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let body = text(block).unwrap_or_default();
    let ways: [Way; 3] = [digits, digits_after_remark, last_words];
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
