//! Recognizes passwords that people make up.

use super::{is_name, is_weak};
use crate::text::slice;

/// Returns whether a value follows the usual rules for passwords: it has small and capital letters or digits, and a
/// sign.
pub(crate) fn is_made_up(value: &[u8]) -> bool {
    let count = |wanted: fn(&u8) -> bool| value.iter().filter(|byte| wanted(byte)).count();
    let strong = count(|byte| b"!#%^&*+=?~@$".contains(byte));
    let weaker = count(|byte| b"-_.".contains(byte));
    let digits = count(u8::is_ascii_digit);
    let letters = count(u8::is_ascii_alphabetic);
    let exclaimed = matches!(value, [first, .., b'!' | b'#' | b'?' | b'*' | b'$'] if first.is_ascii_alphabetic());
    let capitals = count(u8::is_ascii_uppercase);
    let signed = (digits > 0 && strong + weaker > 0)
        || (strong > 1 && capitals > 0)
        || (exclaimed && capitals > 1);
    let numbered = is_word_with_number(value);
    // Words with hyphens between them and a number are a name and not a password.
    let named = strong == 0 && is_name(value) && !numbered;
    let code = value.iter().any(|byte| b"/()[]{}<>\\".contains(byte));
    (numbered || (signed && count(u8::is_ascii_lowercase) > 0))
        && letters * 3 >= value.len()
        && value.len() <= 32
        && !named
        && !code
        && !is_weak(value)
}

/// Returns whether a value is a usual password: a word or two, and right after them a digit or a number such as a year.
pub(crate) fn is_word_with_number(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let words = slice(value, 0, value.len() - digits);
    let last = words.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let lower = words.to_ascii_lowercase();
    (1..=6).contains(&digits)
        && last >= 4
        && words.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-.".contains(byte))
        && !ALGORITHMS.iter().any(|name| lower.ends_with(name.as_bytes()))
}

/// The names that usually have a number after them and are no passwords.
const ALGORITHMS: &[&str] = &[
    "base", "argon", "blake", "hmacsha", "aessha", "withsha", "withmd", "crypt", "poly", "chacha",
    "salsa", "curve", "pkcs", "utf", "latin", "windows", "version", "release", "step", "level",
    "type", "port", "node", "server", "host",
];
