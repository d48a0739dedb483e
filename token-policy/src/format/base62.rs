//! Converts between numbers and digits of base62: `0-9`, `A-Z`, `a-z`, in this order of their values.

#[cfg(feature = "format")]
use super::CHECKSUM_CHARS;

/// Returns whether a byte is a digit of base62: an ASCII letter or digit.
pub const fn is_base62(byte: u8) -> bool {
    // The expression has no branches, so that the compiler checks several bytes at a time.
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

/// Returns the digit of a value below 62. It is computed and not looked up, since the address in a table would depend
/// on a secret value.
#[cfg(feature = "format")]
pub(super) const fn digit(value: u8) -> u8 {
    // The codes between `9` and `A`, and between `Z` and `a`, are skipped: 7 and 6 of them.
    value + b'0' + 7 * (value > 9) as u8 + 6 * (value > 35) as u8
}

/// Returns the number that six digits stand for. Returns `None` if a byte is no digit, or if the number is 2^32 or
/// more.
#[cfg(feature = "format")]
pub(super) fn number(digits: &[u8; CHECKSUM_CHARS]) -> Option<u32> {
    let number = digits.iter().fold(0, |number, byte| number * 62 + value(*byte));
    let all_digits = digits.iter().fold(true, |all, byte| all & is_base62(*byte));
    u32::try_from(number).ok().filter(|_| all_digits)
}

/// Returns the six digits of a number, with leading zeros.
#[cfg(feature = "format")]
pub(super) fn digits(mut number: u32) -> [u8; CHECKSUM_CHARS] {
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for place in digits.iter_mut().rev() {
        *place = digit((number % 62) as u8);
        number /= 62;
    }
    digits
}

/// Returns the value of a digit. For any other byte it returns some number below 256.
#[cfg(feature = "format")]
fn value(byte: u8) -> u64 {
    let above_nine = 7 * u8::from(byte > b'9') + 6 * u8::from(byte > b'Z');
    u64::from(byte.wrapping_sub(b'0').wrapping_sub(above_nine))
}
