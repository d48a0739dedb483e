//! Reads secret keys of OpenPGP (RFC 9580) as far as needed to know whether a passphrase protects them.

use super::State;
use crate::text::slice;

/// Reads the packets of a block, or returns `None` if they are not understood or have no secret key. A block with one key
/// that is not protected is open.
pub(super) fn read(block: &[u8]) -> Option<State> {
    let (mut rest, mut state) = (block, None);
    while let Some(packet) = Packet::read(rest) {
        // These are the packets of a secret key and of a secret subkey.
        if matches!(packet.tag, 5 | 7) {
            let found = of_key(packet.body)?;
            state = Some(state.map_or(found, |known: State| known.min(found)));
        }
        rest = packet.rest;
    }
    state
}

struct Packet<'b> {
    tag: u8,
    body: &'b [u8],
    rest: &'b [u8],
}

impl<'b> Packet<'b> {
    /// Reads the header of a packet in the old or the new form: section 4.2.
    fn read(block: &'b [u8]) -> Option<Packet<'b>> {
        let (first, rest) = block.split_first()?;
        let (tag, length, rest) = if first & 0xc0 == 0xc0 {
            let (length, rest) = new_length(rest)?;
            (first & 0x3f, length, rest)
        } else if first & 0x80 != 0 {
            let bytes = [1, 2, 4, 0].get(usize::from(first & 3)).filter(|bytes| **bytes > 0)?;
            let (length, rest) = rest.split_at_checked(*bytes)?;
            (first >> 2 & 0xf, number(length), rest)
        } else {
            return None;
        };
        let (body, rest) = rest.split_at_checked(length)?;
        Some(Packet { tag, body, rest })
    }
}

fn new_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [length @ 0..=191, rest @ ..] => Some((usize::from(*length), rest)),
        [high @ 192..=223, low, rest @ ..] => {
            Some((((usize::from(*high) - 192) << 8) + usize::from(*low) + 192, rest))
        }
        [255, a, b, c, d, rest @ ..] => Some((number(&[*a, *b, *c, *d]), rest)),
        _ => None,
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Reads what stands behind the public key: the octet that says how the secret one is protected (section 3.7.2), and
/// whether it is there.
fn of_key(body: &[u8]) -> Option<State> {
    let secret = behind_public(body)?;
    let (usage, rest) = secret.split_first()?;
    let rest = match body.first()? {
        // Version 6 states the length of what follows here.
        6 if *usage != 0 => rest.get(1..)?,
        _ => rest,
    };
    Some(match usage {
        0 if rest.len() >= 16 => State::Open,
        253..=255 if is_stub(*usage, rest) => State::Empty,
        0 => State::Empty,
        _ => State::Locked,
    })
}

/// Returns whether the way in which a passphrase becomes a key is that of GnuPG for a key that is not here, or is on a
/// card: `doc/DETAILS` of GnuPG calls it number 101, with the mark `GNU`.
fn is_stub(usage: u8, rest: &[u8]) -> bool {
    let skipped = if usage == 253 { 2 } else { 1 };
    slice(rest, skipped, skipped + 1) == [101] && slice(rest, skipped + 2, skipped + 5) == b"GNU"
}

/// Returns what stands behind the public key.
fn behind_public(body: &[u8]) -> Option<&[u8]> {
    let (version, rest) = body.split_first()?;
    let (algorithm, rest) = match version {
        3 => (rest.get(6)?, rest.get(7..)?),
        4 => (rest.get(4)?, rest.get(5..)?),
        6 => {
            let length = number(rest.get(5..9)?);
            return rest.get(9..)?.get(length..);
        }
        _ => return None,
    };
    match algorithm {
        1..=3 => numbers(rest, 2),
        16 => numbers(rest, 3),
        17 => numbers(rest, 4),
        19 | 22 => numbers(behind_text(rest)?, 1),
        18 => behind_text(numbers(behind_text(rest)?, 1)?),
        25 | 27 => rest.get(32..),
        26 => rest.get(56..),
        28 => rest.get(57..),
        _ => None,
    }
}

/// Skips some numbers, each of which stands behind its length in bits.
fn numbers(bytes: &[u8], count: usize) -> Option<&[u8]> {
    (0..count).try_fold(bytes, |rest, _| {
        let bits = number(rest.get(..2)?);
        rest.get(2 + bits.div_ceil(8)..)
    })
}

/// Skips bytes that stand behind their number.
fn behind_text(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first()?;
    rest.get(usize::from(*length)..)
}
