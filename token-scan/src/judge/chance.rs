//! Recognizes letters that were drawn by chance. A generated password may have no digit; then only its pairs of letters
//! distinguish it from words.

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
    let row = COSTS.get(usize::from(a.to_ascii_lowercase().checked_sub(b'a')?))?;
    let digit = row.get(usize::from(b.to_ascii_lowercase().checked_sub(b'a')?))?;
    let joined = a.is_ascii_lowercase() && b.is_ascii_uppercase();
    if joined { None } else { char::from(*digit).to_digit(36) }
}

/// The most characters of a value that are looked at.
const ENOUGH: usize = 64;
/// Drawn letters cost at least this much per pair on average, in quarters of a bit: 5.25 bits.
const MEAN: u32 = 21;
/// A few drawn letters cost at least this much per pair on average, in quarters of a bit.
const MEAN_OF_FEW: u32 = 22;
/// The letters of a written word cost less than this per pair on average, in quarters of a bit.
const MEAN_OF_WORD: u32 = 18;

/// The cost of each pair of letters: the information of its second letter (the column) after its first (the row), in
/// halves of a bit, as a digit in base 36.
///
/// The pairs were counted in the words that people write in code and in prose, each word once: those of four to twenty
/// letters in the `.rs` and `.md` files of at least two of the crates in this workspace's lock file (each part of a
/// name in camel case is a word), and the plain ASCII ones in Debian's `wamerican` (SCOWL, whose licence allows any
/// use). No word that begins with `aaa` or `abc` was counted. A pair that was seen `n` times, after a letter that was
/// followed `m` times by another, costs `-2 * log2((n + 1) / (m + 26))`, rounded.
const COSTS: [&[u8; 26]; 26] = [
    b"j989fdafakc696jaj685bcdgcf",
    b"69ef6gmi6fk5gh6ip7ae7ikocp",
    b"6ici6ih68r79ij5ii8c89iordm",
    b"7eea4ebf4gl9ee7gk98f9eencl",
    b"9ea6acdgdjh8a7ebg559fcecei",
    b"7fee66ij5nl7hh6hn7b97qlmbq",
    b"6hli5h986mk8d98hl68f8lgmck",
    b"5fig4gli5ljcdd5inab99nerar",
    b"9c8a8balklg8a48cia78galhoa",
    b"4ljl5ill7lgllj4ilheh4lllll",
    b"8dgf3eib5jf9e9aemc6dcmdpap",
    b"6feb5fgj5pe6eg7fni9b9fjm7n",
    b"58fh5gmk5skf9e67nh9i9lkqeq",
    b"8g876c4f8hcegb9ghg76cehlfi",
    b"bb9addagbkd88599j6997aafeh",
    b"6hgi5hi87ni7hi68q6999mioeq",
    b"ehjeglllellejjjhjgeh0jhllj",
    b"6dba5ecg6kdcbb7dka79aegnbm",
    b"9g8h6gg77mcabc99fh749jdpcl",
    b"7gci4fi84olbfg8go789akfkah",
    b"9a9a9cak9kg785e9n667khmgjg",
    b"5jji2ilk4plgii8hmgfgdhnmfm",
    b"4dfc5fh85peaf86fm98egpjlfj",
    b"8e7e5cha5mkffga6gfd6adfabk",
    b"7a9a7dcd7if88897m96achbghe",
    b"6hij2lje5nhagg9hjkhidhhnc7",
];
