//! The public half of a key, of either sort.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{KEY_LEN, OTHER_ID, decode, malformed};
use crate::Error;

/// The most bytes of a key's name. It is limited because the name stands in every checkpoint, twice.
const MAX_NAME_LEN: usize = 255;

/// What an Ed25519 key is for. It is a part of the key's text and id, so that a key of one sort is none of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// Signs notes (C2SP signed-note).
    Log = 1,
    /// Cosigns checkpoints (C2SP tlog-cosignature).
    Witness = 4,
}

/// The public half of a key. Its text is a C2SP signed-note verifier key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Public {
    sort: Sort,
    pub(super) name: String,
    pub(super) id: u32,
    pub(super) point: ed25519_dalek::VerifyingKey,
}

impl Public {
    pub(super) fn new(
        sort: Sort,
        name: &str,
        point: ed25519_dalek::VerifyingKey,
    ) -> Result<Self, Error> {
        let unfit = name.len() > MAX_NAME_LEN || name.contains(char::is_control);
        if unfit || !signed_note::is_key_name_valid(name) {
            return Err(malformed("its name is empty, too long, or has a space or a `+`"));
        }
        // A weak point is refused, since anybody can make signatures for it.
        if point.is_weak() {
            return Err(malformed(sort.other()));
        }
        let id = signed_note::key_id(name, &typed(sort, &point));
        Ok(Self { sort, name: name.to_string(), id, point })
    }

    /// Reads `<name>+<id>+<base64>`.
    pub(super) fn parse(sort: Sort, text: &str) -> Result<Self, Error> {
        let (name, point) = parts(sort, text).ok_or_else(|| malformed(sort.expected()))?;
        let key = Self::new(sort, name, point)?;
        match key.text() == text {
            true => Ok(key),
            false => Err(malformed(OTHER_ID)),
        }
    }

    /// Returns what [`parse`](Self::parse) reads.
    pub(super) fn text(&self) -> String {
        let key = BASE64_STANDARD.encode(typed(self.sort, &self.point));
        format!("{}+{:08x}+{key}", self.name, self.id)
    }

    /// Returns whether `signature` is a signature of `text` by this key.
    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.point.verify_strict(text, &signature).is_ok())
    }
}

impl Sort {
    fn expected(self) -> &'static str {
        match self {
            Self::Log => "expected `<name>+<id>+<base64>` with an Ed25519 key",
            Self::Witness => {
                "expected `<name>+<id>+<base64>` with a key of a witness (Ed25519, type 4)"
            }
        }
    }

    fn other(self) -> &'static str {
        match self {
            Self::Log => super::OTHER_KEY,
            Self::Witness => "expected an Ed25519 key of a witness",
        }
    }
}

fn parts(sort: Sort, text: &str) -> Option<(&str, ed25519_dalek::VerifyingKey)> {
    let (name, rest) = text.split_once('+')?;
    let (_, key) = rest.split_once('+')?;
    let key = decode(key)?;
    let point = key.with_bytes("a verifying key, which is public", |key| {
        let (_, point) = key.split_first().filter(|(kind, _)| **kind == sort as u8)?;
        ed25519_dalek::VerifyingKey::try_from(point).ok()
    })?;
    Some((name, point))
}

fn typed(sort: Sort, point: &ed25519_dalek::VerifyingKey) -> [u8; KEY_LEN] {
    let mut key = [sort as u8; KEY_LEN];
    key.iter_mut().skip(1).zip(point.as_bytes()).for_each(|(to, from)| *to = *from);
    key
}
