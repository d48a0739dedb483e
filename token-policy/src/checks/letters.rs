//! Knows which letters look alike, and which run from right to left.
//!
//! Names of scopes and kinds are ASCII, so a short table is enough for them instead of Unicode's large one. Owners and
//! audiences may have any letters. There the checks report a word that mixes scripts, a word that looks like ASCII but
//! isn't, and an invisible character.

use alloc::string::String;

use crate::hidden::is_ignorable;

/// Maps a text to its skeleton. Two texts that are easily mistaken for each other have the same skeleton.
///
/// A capital and a small letter have the same skeleton, since some pairs, such as `S` and `s`, differ only in height.
/// So have the pairs of characters that UTS #39 lists within ASCII, and the signs that separate words.
pub(super) fn skeleton(text: &str) -> String {
    let mut skeleton = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars().filter(|c| !is_ignorable(*c)) {
        let c = looks_like(c).unwrap_or(c);
        match c {
            '0' => skeleton.push('o'),
            // A capital I looks like an l, a small i doesn't.
            '1' | '|' | 'I' => skeleton.push('l'),
            '_' | '.' => skeleton.push('-'),
            ';' => skeleton.push(':'),
            '`' => skeleton.push('\''),
            'n' if before == Some('r') => replace_last(&mut skeleton, 'm'),
            'v' | 'V' if skeleton.ends_with('v') => replace_last(&mut skeleton, 'w'),
            c => skeleton.extend(c.to_lowercase()),
        }
        before = Some(c);
    }
    skeleton
}

fn replace_last(text: &mut String, c: char) {
    text.pop();
    text.push(c);
}

/// Returns the ASCII character that `c` looks like, or `None` if `c` is ASCII or looks like none. Knows what UTS #39
/// lists for the letters of Greek and Cyrillic, for Unicode's variants of Latin letters, and for the signs in URLs.
pub(super) fn looks_like(c: char) -> Option<char> {
    let number = u32::from(c);
    let ascii = match c {
        c if c.is_ascii() => return None,
        c if c.is_whitespace() => b' ',
        // These are the fullwidth forms of ASCII, in the order of ASCII.
        '\u{FF01}'..='\u{FF5E}' => return char::from_u32(number - 0xFEE0),
        // These are the mathematical alphabets, one after the other, then the mathematical digits.
        '\u{1D400}'..='\u{1D6A3}' => nth(LATIN, number - 0x1D400),
        '\u{1D7CE}'..='\u{1D7FF}' => nth(b"0123456789", number - 0x1D7CE),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => b'-',
        '\u{2024}' => b'.',
        '\u{2044}' | '\u{2215}' => b'/',
        '\u{2236}' | '\u{A789}' => b':',
        _ => return ALIKE.iter().find(|(other, _)| *other == c).map(|(_, ascii)| *ascii),
    };
    Some(char::from(ascii))
}

fn nth(alphabet: &[u8], number: u32) -> u8 {
    let at = usize::try_from(number).unwrap_or_default() % alphabet.len();
    alphabet.get(at).copied().unwrap_or_default()
}

const LATIN: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[rustfmt::skip]
const ALIKE: &[(char, char)] = &[
    // Greek
    ('Α', 'A'), ('Β', 'B'), ('Ε', 'E'), ('Ζ', 'Z'), ('Η', 'H'), ('Ι', 'I'), ('Κ', 'K'), ('Μ', 'M'), ('Ν', 'N'), ('Ο', 'O'),
    ('Ρ', 'P'), ('Τ', 'T'), ('Υ', 'Y'), ('Χ', 'X'), ('α', 'a'), ('γ', 'y'), ('ι', 'i'), ('ν', 'v'), ('ο', 'o'), ('ρ', 'p'),
    ('υ', 'u'), ('ϲ', 'c'), ('ϳ', 'j'),
    // Cyrillic
    ('А', 'A'), ('В', 'B'), ('Е', 'E'), ('Ѕ', 'S'), ('І', 'I'), ('Ј', 'J'), ('К', 'K'), ('М', 'M'), ('Н', 'H'), ('О', 'O'),
    ('Р', 'P'), ('С', 'C'), ('Т', 'T'), ('У', 'Y'), ('Х', 'X'), ('Ԁ', 'D'), ('Ԛ', 'Q'), ('Ԝ', 'W'), ('Ӏ', 'I'), ('а', 'a'),
    ('е', 'e'), ('о', 'o'), ('р', 'p'), ('с', 'c'), ('у', 'y'), ('х', 'x'), ('ѕ', 's'), ('і', 'i'), ('ј', 'j'), ('һ', 'h'),
    ('ԁ', 'd'), ('ԛ', 'q'), ('ԝ', 'w'), ('ӏ', 'l'),
    // Numerals and other signs that are letters
    ('ⅰ', 'i'), ('ⅴ', 'v'), ('ⅹ', 'x'), ('ⅼ', 'l'), ('ⅽ', 'c'), ('ⅾ', 'd'), ('ⅿ', 'm'), ('ℓ', 'l'), ('K', 'K'),
];

/// Returns whether a letter runs from right to left: whether it is in a block that Unicode sets aside for the
/// bidirectional classes R and AL (UAX #9).
pub(super) fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8FF}'
            | '\u{FB1D}'..='\u{FDFF}'
            | '\u{FE70}'..='\u{FEFE}'
            | '\u{10800}'..='\u{10FFF}'
            | '\u{1E800}'..='\u{1EFFF}'
    )
}

/// The scripts in which some letters look like letters of another script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Armenian,
    Cherokee,
    Cyrillic,
    Greek,
    Latin,
}

impl Script {
    /// Returns the script of a letter, or `None` if the script is not in this enum or `c` is no letter.
    pub(super) fn of(c: char) -> Option<Script> {
        match c {
            'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
                Some(Script::Latin)
            }
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Some(Script::Greek),
            '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{A640}'..='\u{A69F}' => {
                Some(Script::Cyrillic)
            }
            '\u{531}'..='\u{58F}' => Some(Script::Armenian),
            '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}' => Some(Script::Cherokee),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Script::Armenian => "Armenian",
            Script::Cherokee => "Cherokee",
            Script::Cyrillic => "Cyrillic",
            Script::Greek => "Greek",
            Script::Latin => "Latin",
        }
    }
}
