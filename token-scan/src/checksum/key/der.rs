//! Reads private keys in DER: PKCS #1 (RFC 8017), PKCS #8 (RFC 5958), SEC 1 (RFC 5915), and the form of OpenSSL for DSA.

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};

use super::State;
use crate::text::slice;

/// The least bytes of a number or text that is a secret.
const SECRET: usize = 16;

/// Reads a key, or returns `None` if the bytes are no private key, or not all of one.
pub(super) fn read(der: &[u8]) -> Option<State> {
    let all = items(der)?;
    let [(Tag::Sequence, key)] = all.as_slice() else { return None };
    let parts = items(key)?;
    match parts.as_slice() {
        // PKCS #8, and what encrypts it: there an algorithm comes first.
        [(Tag::Integer, [0 | 1]), (Tag::Sequence, _), (Tag::OctetString, secret), ..] => {
            Some(State::of(secret))
        }
        [(Tag::Sequence, _), (Tag::OctetString, secret)] if secret.len() >= SECRET => {
            Some(State::Locked)
        }
        [(Tag::Integer, [1]), (Tag::OctetString, secret), ..] => Some(State::of(secret)),
        [(Tag::Integer, [0 | 1]), numbers @ ..] => of_numbers(numbers),
        _ => None,
    }
}

/// Reads the numbers of an RSA key, of which the third is the secret, or of a DSA key, of which it is the fifth.
fn of_numbers(numbers: &[(Tag, &[u8])]) -> Option<State> {
    let are_numbers = numbers.iter().take(8).all(|(tag, _)| *tag == Tag::Integer);
    let secret = match numbers.len() {
        5 => numbers.get(4)?,
        8.. => numbers.get(2)?,
        _ => return None,
    };
    are_numbers.then(|| State::of(secret.1))
}

impl State {
    /// Returns the state of a key with this secret. One that is too short, or one byte over and over, stands for none.
    fn of(secret: &[u8]) -> State {
        let varied = secret.iter().any(|byte| Some(byte) != secret.last());
        if secret.len() >= SECRET && varied { State::Open } else { State::Empty }
    }
}

/// Returns the items of a sequence, each with its tag, or `None` if the bytes are not just such items.
fn items(der: &[u8]) -> Option<Vec<(Tag, &[u8])>> {
    let mut reader = SliceReader::new(der).ok()?;
    let mut items = Vec::new();
    while !reader.is_finished() {
        let item = AnyRef::decode(&mut reader).ok()?;
        items.push((item.tag(), item.value()));
    }
    Some(items)
}

/// The ways in which a store of PKCS #12 names the bag of a key: 1.2.840.113549.1.12.10.1.1, and .2 for an encrypted one
/// (RFC 7292, section 4.2). A store of certificates has neither.
const BAG: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];

/// Returns whether a file is a store of PKCS #12 (RFC 7292) with a key: it has version 3, the type of its content, and
/// the bag of a key.
pub(super) fn is_key_store(file: &[u8]) -> bool {
    if !memchr::memmem::find_iter(file, BAG)
        .any(|at| matches!(file.get(at + BAG.len()), Some(1 | 2)))
    {
        return false;
    }
    let version = |key: &[u8]| items(key).is_some_and(|parts| is_store(&parts));
    matches!(items(file).as_deref(), Some([(Tag::Sequence, key)]) if version(key))
}

fn is_store(parts: &[(Tag, &[u8])]) -> bool {
    let [(Tag::Integer, [3]), (Tag::Sequence, content), ..] = parts else { return false };
    // The content is data or signed data of PKCS #7: 1.2.840.113549.1.7.
    const PKCS_7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
    slice(content, 2, 2 + PKCS_7.len()) == PKCS_7
}
