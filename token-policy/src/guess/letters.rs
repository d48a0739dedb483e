//! How likely one letter follows another in what people write.

/// Returns the information of the second letter after the first, in halves of a bit: between 0 and 28. In what people
/// write it is about 8 on average, in random letters about 13. Returns `None` if one of them is no letter.
///
/// ```
/// use token_policy::guess::pair_cost;
///
/// assert!(pair_cost(b't', b'h') < pair_cost(b'h', b't'));
/// assert_eq!(pair_cost(b'Q', b'u'), pair_cost(b'q', b'U'));
/// assert_eq!(pair_cost(b'4', b'2'), None);
/// ```
#[must_use]
pub fn pair_cost(first: u8, second: u8) -> Option<u32> {
    let row = COSTS.get(usize::from(first.to_ascii_lowercase().checked_sub(b'a')?))?;
    let digit = row.get(usize::from(second.to_ascii_lowercase().checked_sub(b'a')?))?;
    char::from(*digit).to_digit(36)
}

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
