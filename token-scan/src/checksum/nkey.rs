//! Checks seeds of NATS: <https://github.com/nats-io/nkeys/blob/main/strkey.go>

/// How many bytes the digits of a seed stand for: two for its type, then the seed itself, then two for the checksum.
const BYTES: usize = 36;

/// Returns whether the last two bytes are the CRC-16 of the bytes before them, lowest byte first. `None` counts as
/// `false`: the digits could not be read.
pub(super) fn holds(seed: &[u8]) -> Option<bool> {
    let bytes = from_base32(seed)?;
    let (rest, checksum) = bytes.get(..BYTES)?.split_last_chunk::<2>()?;
    Some(crc16(rest) == u16::from_le_bytes(*checksum))
}

/// Decodes base32 without padding (RFC 4648, section 6). Bits left over at the end are ignored. Returns `None` if a
/// byte is no digit.
fn from_base32(digits: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(BYTES), 0_u32, 0);
    for digit in digits {
        bits = (bits << 5 | value(*digit)?) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    match digit {
        b'A'..=b'Z' => Some(u32::from(digit - b'A')),
        b'2'..=b'7' => Some(u32::from(digit - b'2') + 26),
        _ => None,
    }
}

/// Computes CRC-16/XMODEM: <https://reveng.sourceforge.io/crc-catalogue/16.htm>
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_catalogue() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    /// The seed is the example in the README of nkeys.
    #[test]
    fn the_seed_of_the_documentation_is_one() {
        let seed = ["SUAKYRHVIOREXV7E", "UZTBHUHL7NUMHPMAS7QM", "DU3GTIUWEI5LDNOXD43IZY"].concat();
        assert_eq!(holds(seed.as_bytes()), Some(true));
        for at in 0..57 {
            let mut wrong = seed.clone().into_bytes();
            if let Some(digit) = wrong.get_mut(at) {
                *digit = if *digit == b'A' { b'B' } else { b'A' };
            }
            assert_eq!(holds(&wrong), Some(false), "{at}");
        }
        assert_eq!(holds(b"SUAKYRH"), None);
    }
}
