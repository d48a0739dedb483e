//! A random key of a log, in all the forms that signing gives its secret half.

use std::ops::Add;

use base64::prelude::{BASE64_STANDARD, Engine};
use ed25519_dalek::Signature;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha512};
use token_audit::{Log, SigningKey};

const NAME: &str = "example.com/residue";

pub(crate) struct Key {
    /// As a file keeps it.
    pub(crate) text: String,
    /// What nobody may find: each of these is the key, or gives it away.
    pub(crate) forms: Vec<Vec<u8>>,
}

impl Key {
    /// Another process is scanned, so that this one may hold the key as it likes.
    pub(crate) fn random() -> Self {
        let key = SigningKey::generate(NAME).unwrap();
        let text = SecretString::try_from(key.to_secret()).unwrap().expose_secret().to_owned();
        let empty = tempfile::tempdir().unwrap();
        let note = Log::open(empty.path(), key).unwrap().close().unwrap();
        let forms = forms(parts(&text)[2], note.as_str());
        Self { text, forms }
    }

    /// The text with another id, of the same length.
    pub(crate) fn with_other_id(&self) -> String {
        let [name, id, body] = parts(&self.text);
        let other = u32::from_str_radix(id, 16).unwrap() ^ 1;
        format!("{name}+{other:08x}+{body}")
    }

    /// The text with another base64 body.
    pub(crate) fn with_body(&self, change: fn(&str) -> String) -> String {
        let [name, id, body] = parts(&self.text);
        format!("{name}+{id}+{}", change(body))
    }

    /// The text with a name that is too long. The id is then wrong too, but is not looked at.
    pub(crate) fn with_long_name(&self) -> String {
        self.text.replacen(NAME, &"x".repeat(256), 1)
    }
}

/// `PRIVATE+KEY+<name>`, the id, and the base64 body, in which there may be a `+` too.
fn parts(text: &str) -> [&str; 3] {
    let (start, body) = text.split_at(text.len() - 44);
    let (name, id) = start.split_at(start.len() - 10);
    [name, id.trim_matches('+'), body]
}

/// The names are those of RFC 8032 section 5.1; `note` is what the child signs, signed.
///
/// A mistake here would make the scan blind, so what is computed is checked against the signature.
fn forms(body: &str, note: &str) -> Vec<Vec<u8>> {
    let typed = BASE64_STANDARD.decode(body).unwrap();
    let seed: &[u8; 32] = typed[1..].try_into().unwrap();
    let hash = Sha512::digest(seed);
    let mut clamped = hash[..32].to_vec();
    clamped[0] &= 0b1111_1000;
    clamped[31] = clamped[31] & 0b0111_1111 | 0b0100_0000;

    let key = ed25519_dalek::SigningKey::from_bytes(seed);
    let a = key.to_scalar();
    let one = a * a.invert();
    let zero = one + -one;
    assert_eq!(sum(&clamped, zero, one), a);

    // Whoever has r has the key, since the signature tells S = r + k * a.
    let (text, signature) = read(note);
    let nonce = Sha512::new().chain_update(&hash[32..]).chain_update(text).finalize();
    let r = sum(&nonce, zero, one);
    let challenge = Sha512::new().chain_update(signature.r_bytes());
    let k = challenge.chain_update(key.verifying_key()).chain_update(text).finalize();
    assert_eq!(sum(signature.s_bytes(), zero, one), r + sum(&k, zero, one) * a);

    let mut forms = vec![body.into(), typed, hash.to_vec(), clamped, nonce.to_vec()];
    forms.extend([a, r].iter().flat_map(|scalar| of_scalar(scalar.as_bytes())));
    forms
}

/// What was signed, and the signature behind the four bytes of the key's id (C2SP signed-note).
fn read(note: &str) -> (&str, Signature) {
    let (text, last) = note.split_at(note.find("\n\n").unwrap() + 1);
    let last = BASE64_STANDARD.decode(last.trim().rsplit(' ').next().unwrap()).unwrap();
    (text, Signature::from_slice(&last[4..]).unwrap())
}

/// The scalar that little-endian bytes stand for, of any length. The type has no name here:
/// curve25519-dalek is no dependency of ours.
fn sum<S: Copy + Add<Output = S>>(bytes: &[u8], zero: S, one: S) -> S {
    let bits = bytes.iter().rev().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    bits.fold(zero, |sum, bit| sum + sum + if bit == 1 { one } else { zero })
}

/// A scalar as curve25519-dalek holds it: whole, as digits of base 16 for the product
/// with the base point, and as limbs of 52 bits for the arithmetic modulo the group's order.
fn of_scalar(bytes: &[u8; 32]) -> [Vec<u8>; 3] {
    [bytes.to_vec(), digits(bytes), limbs(bytes)]
}

/// 64 digits from -8 to 7.
fn digits(bytes: &[u8; 32]) -> Vec<u8> {
    let nibbles = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
    let centred = nibbles.scan(0, |carry, nibble| {
        let digit = nibble + *carry;
        *carry = u8::from(digit >= 8);
        Some(digit.wrapping_sub(*carry * 16))
    });
    centred.collect()
}

fn limbs(bytes: &[u8; 32]) -> Vec<u8> {
    let mut padded = [0; 40];
    padded[..32].copy_from_slice(bytes);
    let limb = |bit: usize| {
        let word = padded[bit / 8..][..8].try_into().unwrap();
        u64::from_le_bytes(word) >> (bit % 8) & ((1 << 52) - 1)
    };
    (0..5).flat_map(|i| limb(i * 52).to_le_bytes()).collect()
}
