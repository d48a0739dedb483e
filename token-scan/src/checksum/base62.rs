//! Reads numbers in base62.

/// Returns the number that the digits `0-9`, `A-Z`, `a-z` stand for, in this order of their values. Returns `None` if a
/// byte is no digit, or the number is too large.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0_u64, |number, digit| number.checked_mul(62)?.checked_add(value(*digit)?))
}

fn value(digit: u8) -> Option<u64> {
    let value = match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'Z' => digit - b'A' + 10,
        b'a'..=b'z' => digit - b'a' + 36,
        _ => return None,
    };
    Some(u64::from(value))
}
