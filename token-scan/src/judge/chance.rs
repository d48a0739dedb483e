//! Recognizes letters that were drawn by chance. A generated password may have no digit; then only its pairs of letters
//! distinguish it from words.

use token_policy::guess::pair_cost;

use crate::text::slice;

/// Returns whether the letters of a text look drawn by chance, rather than written by a person.
///
/// At least six letters are needed. If there are digits among them, four letters are enough, but their pairs must be
/// rarer still.
pub(crate) fn is_drawn(value: &[u8]) -> bool {
    // The beginning of a long value is enough.
    let value = slice(value, 0, ENOUGH);
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let (pairs, sum) = costs(value);
    let few = value.len() >= 7 && letters >= 4 && pairs >= 3 && sum * 2 >= pairs * MEAN_OF_FEW;
    let drawn = letters >= 6 && pairs >= 5 && sum * 2 >= pairs * MEAN;
    let drawn = drawn || (few && value.iter().any(u8::is_ascii_digit));
    // A pattern with bars has letters too, but only one or two at a time, and so few pairs.
    let drawn = drawn && pairs as usize * 2 >= letters;
    // `webhookkey` is a name, although its pairs of letters are unlike those of a word.
    drawn && !value.to_ascii_lowercase().ends_with(b"key") && !words(value).any(is_written)
}

/// Yields the words of a name such as `FWP_BYTE_BLOB` or `jwtPayload`. If one of them is a real word, the others may be
/// abbreviations.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.chunk_by(|a, b| {
        let joined = a.is_ascii_lowercase() && b.is_ascii_uppercase();
        a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && !joined
    })
}

fn is_written(word: &[u8]) -> bool {
    let (pairs, sum) = costs(word);
    pairs >= 3 && sum * 2 < pairs * MEAN_OF_WORD
}

/// Returns how many pairs of letters a text has within its words, and the sum of their costs.
fn costs(value: &[u8]) -> (u32, u32) {
    let costs = value.windows(2).filter_map(cost);
    costs.fold((0, 0), |(pairs, sum), cost| (pairs + 1, sum + cost))
}

/// Returns the cost of a pair of letters within one word, or `None` for any other pair.
fn cost(pair: &[u8]) -> Option<u32> {
    let [a, b] = pair else { return None };
    let joined = a.is_ascii_lowercase() && b.is_ascii_uppercase();
    if joined { None } else { pair_cost(*a, *b) }
}

/// The most characters of a value that are looked at.
const ENOUGH: usize = 64;
/// Drawn letters cost at least this much per pair on average, in quarters of a bit: 5.25 bits.
const MEAN: u32 = 21;
/// A few drawn letters cost at least this much per pair on average, in quarters of a bit.
const MEAN_OF_FEW: u32 = 22;
/// The letters of a written word cost less than this per pair on average, in quarters of a bit.
const MEAN_OF_WORD: u32 = 18;
