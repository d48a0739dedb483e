//! Checks Bech32: <https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki>

const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

/// Returns whether the checksum of a text is right. Case is ignored.
pub(super) fn holds(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    let Some(separator) = text.iter().rposition(|byte| *byte == b'1') else { return false };
    let (human, data) = text.split_at(separator);
    let human_bits = human.iter().map(|byte| byte >> 5).chain([0]);
    let values: Option<Vec<u8>> = data.iter().skip(1).map(|byte| value(*byte)).collect();
    let Some(values) = values else { return false };
    let all = human_bits.chain(human.iter().map(|byte| byte & 31)).chain(values);
    all.fold(1, step) == 1
}

fn value(digit: u8) -> Option<u8> {
    DIGITS.iter().position(|known| *known == digit).and_then(|at| u8::try_from(at).ok())
}

fn step(checksum: u32, value: u8) -> u32 {
    let top = checksum >> 25;
    let next = (checksum & 0x01ff_ffff) << 5 ^ u32::from(value);
    GENERATOR.iter().enumerate().fold(next, |next, (bit, generator)| {
        if top >> bit & 1 == 1 { next ^ generator } else { next }
    })
}
