//! Writes and reads the times and hashes of a record. Each value has only one spelling.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use time::{Date, Month, Time, UtcDateTime};

/// A time of RFC 3339 in UTC with six decimals.
pub(super) type Timestamp = [u8; 27];

/// Writes a time. A time that RFC 3339 cannot spell becomes the nearest second that it can spell.
pub(super) fn time(time: UtcDateTime) -> Timestamp {
    let time = spellable(time);
    let (hour, minute, second, micro) = time.as_hms_micro();
    let [y1, y2, y3, y4] = four(time.year().unsigned_abs());
    let [m1, m2] = two(u8::from(time.month()).into());
    let [d1, d2] = two(time.day().into());
    let [h1, h2] = two(hour.into());
    let [n1, n2] = two(minute.into());
    let [s1, s2] = two(second.into());
    let [u1, u2, u3, u4] = four(micro / 100);
    let [u5, u6] = two(micro % 100);
    [
        y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'.',
        u1, u2, u3, u4, u5, u6, b'Z',
    ]
}

/// Reads what [`time()`] writes. Returns `None` for any other text.
pub(super) fn parse_time(text: &str) -> Option<UtcDateTime> {
    let text: &Timestamp = text.as_bytes().try_into().ok()?;
    #[rustfmt::skip]
    let [
        year @ .., b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'.',
        u1, u2, u3, u4, u5, u6, b'Z',
    ] = text else { return None };
    let month = u8::try_from(number(&[*m1, *m2])?).ok()?;
    let day = u8::try_from(number(&[*d1, *d2])?).ok()?;
    let hour = u8::try_from(number(&[*h1, *h2])?).ok()?;
    let minute = u8::try_from(number(&[*n1, *n2])?).ok()?;
    let second = u8::try_from(number(&[*s1, *s2])?).ok()?;
    let micro = number(&[*u1, *u2, *u3, *u4, *u5, *u6])?;
    let year = i32::try_from(number(year)?).ok()?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    Some(UtcDateTime::new(date, Time::from_hms_micro(hour, minute, second, micro).ok()?))
}

fn spellable(time: UtcDateTime) -> UtcDateTime {
    let nearest = match time.year() {
        0..=9999 => return time,
        i32::MIN..0 => YEAR_0,
        _ => YEAR_9999,
    };
    UtcDateTime::from_unix_timestamp(nearest).unwrap_or(time)
}

/// The seconds since 1970 of 0000-01-01T00:00:00Z.
const YEAR_0: i64 = -62_167_219_200;

/// The seconds since 1970 of 9999-12-31T23:59:59Z.
const YEAR_9999: i64 = 253_402_300_799;

/// Returns the time as it would be read back from a record.
pub(super) fn rounded(at: UtcDateTime) -> UtcDateTime {
    let text = time(at);
    core::str::from_utf8(&text).ok().and_then(parse_time).unwrap_or(at)
}

/// Writes 32 bytes in base64 (RFC 4648 section 4).
pub(super) fn root(root: &[u8; 32]) -> [u8; 44] {
    let mut text = [0; 44];
    // This cannot fail, since 32 bytes are always 44 characters.
    let _ = STANDARD.encode_slice(root, &mut text);
    text
}

/// Reads what [`root`] writes. Returns `None` for any other text.
pub(super) fn parse_root(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Writes lowercase hexadecimal digits, several times as fast as with one `write!` for each byte.
pub(super) fn hex<const N: usize>(bytes: &[u8], text: &mut [u8; N]) {
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0xf)]);
    }
}

/// Reads the mark of an epoch or a session, 32 lowercase hexadecimal digits. Returns `None` for any other text.
pub(in super::super) fn parse_mark(text: &str) -> Option<[u8; 16]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect();
    bytes?.try_into().ok().filter(|_| rest.is_empty())
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}

fn four(number: u32) -> [u8; 4] {
    let ([a, b], [c, d]) = (two(number / 100), two(number % 100));
    [a, b, c, d]
}

fn two(number: u32) -> [u8; 2] {
    [number / 10 % 10, number % 10].map(|digit| b'0' + digit as u8)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}
