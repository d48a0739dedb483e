//! Judges whether a text could be guessed, so that a hash of it must not be shown.
//!
//! Whoever has the hash of a token, such as its id in a log, can hash guesses and compare. That finds nothing if the
//! token was drawn at random, and a password within a second. Nobody can tell from a text how it was made, so this
//! judgement is made for safety: what *might* be thought up by a person counts as guessable, and now and then a random
//! text does too.

mod encoded;
mod letters;

pub use self::letters::pair_cost;

/// Returns whether a text could be guessed by somebody who knows how people make up passwords.
///
/// Some characters of a text are *foreseen*:
///
/// - Three characters that end with it occurred before, as in `Summer24!Summer24!`.
/// - It goes on a repetition, the alphabet or the digits, or a walk over a keyboard, also if up to three other
///   characters stand between: `aaaa`, `1234`, `qwerty`, `a1b2c3`, `1qaz2wsx`.
/// - It belongs to printable text in base64 or in hexadecimal digits, as the header and the claims of a JWT do.
///
/// A text counts as drawn at random, and so cannot be guessed, if at least [`MIN_DIFFERENT`] different characters of it
/// are not foreseen, and one of these is true:
///
/// - At least [`MIN_CHARS`] of its characters are not foreseen, and they are too unlikely for words, names and numbers.
///   A model of such text has the frequencies of pairs of letters; digits and signs in the place of letters
///   (`p4ssw0rd`), capitals where words begin, numbers after words, and signs between words. In some part of the text,
///   the characters must need at least [`MIN_EXCESS`] bits more than 4.5 bits for each.
/// - It ends with 32 hexadecimal digits or more, hyphens not counted, with at least six changes between digits and
///   letters. If that is a UUID (RFC 9562), its version must be 4 or 7: the others are made of times and names.
///
/// So all numbers are guessable, and whatever is shorter than 16 characters. Of the 30,000 most frequent passwords,
/// one passes. Of random texts of 36 letters and digits one in 10,000 is wrongly taken for guessable; of 32
/// letters and digits one in 3,000, of 32 hexadecimal digits one in 800, of 22 letters and digits one in 50.
///
/// The judgement cannot know where a text comes from. A hash of a password and the example in an issuer's documentation
/// look random; words of other languages look a little more random than English ones.
///
/// The time that it takes depends on the text. Foreseen or not, only the last 512 characters are weighed.
///
/// ```
/// use token_policy::guess::is_guessable;
///
/// assert!(is_guessable(b"Summer2024!Summer2024!"));
/// assert!(is_guessable(b"correct-horse-battery-staple"));
/// assert!(!is_guessable(b"4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD"));
/// assert!(!is_guessable(b"0e3a1f62-6d0c-4b8e-9a27-c1d54f7be893"));
/// ```
#[must_use]
pub fn is_guessable(text: &[u8]) -> bool {
    let weight = Weight::of(text);
    let few = weight.different.count_ones() < MIN_DIFFERENT;
    let drawn = match Digits::of(text) {
        Some(digits) => digits.look_drawn() && weight.chars >= MIN_HEX_DIGITS,
        None => weight.chars >= MIN_CHARS && weight.excess >= 2 * MIN_EXCESS,
    };
    few || !drawn
}

/// How many characters of a text must be unforeseen, so that it counts as drawn at random.
pub const MIN_CHARS: u32 = 16;

/// How many different characters must be among the unforeseen ones.
pub const MIN_DIFFERENT: u32 = 9;

/// How many bits more than what people write the unforeseen characters must need in sum.
pub const MIN_EXCESS: i32 = 17;

/// How many hexadecimal digits count as drawn at random.
const HEX_DIGITS: usize = 32;

/// Of these some are foreseen by chance.
const MIN_HEX_DIGITS: u32 = 22;

/// How many characters at the end of a text are looked at, and how many before each of them.
const WINDOW: usize = 512;

/// What the unforeseen characters of a text weigh.
#[derive(Default)]
struct Weight {
    chars: u32,
    /// One bit for each ASCII character.
    different: u128,
    /// What they need in a model of what people write, less [`MEAN`] for each, in halves of a bit: in the stretch that
    /// ends at this character and has the most, and in the stretch that has the most of all. So words before a random
    /// part take nothing away from it.
    here: i32,
    excess: i32,
}

impl Weight {
    fn of(text: &[u8]) -> Self {
        let first = text.len().saturating_sub(WINDOW);
        let mut weight = Self::default();
        for (piece, from) in encoded::pieces(text) {
            if !encoded::is_text(piece) {
                (from.max(first)..from + piece.len()).for_each(|at| weight.add(text, at));
            }
        }
        weight
    }

    fn add(&mut self, text: &[u8], at: usize) {
        let Some(char) = text.get(at).filter(|_| !is_foreseen(text, at)) else { return };
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        self.chars += 1;
        self.different |= 1 << (char & 0x7f);
        let cost = i32::try_from(cost(before.copied(), *char)).unwrap_or(MEAN);
        self.here = (self.here + cost - MEAN).max(0);
        self.excess = self.excess.max(self.here);
    }
}

/// What a character that people write needs on average and with some safety, in halves of a bit.
const MEAN: i32 = 9;

/// Returns what a character needs after another one in a model of what people write, in halves of a bit.
fn cost(before: Option<u8>, char: u8) -> u32 {
    let before = before.unwrap_or(b' ');
    let (is_letter, was_letter) = (char.is_ascii_alphabetic(), before.is_ascii_alphabetic());
    let in_word = match (was_letter, is_letter) {
        (true, true) if before.is_ascii_lowercase() && char.is_ascii_uppercase() => None,
        (true, true) => return pair_cost(before, char).unwrap_or(LETTER),
        (false, false) => None,
        (true, false) | (false, true) => pair_cost(as_letter(before), as_letter(char)),
    };
    let joined = before.is_ascii_alphanumeric() && (was_letter || is_letter);
    let plain = match char {
        b'0'..=b'9' => DIGIT + if joined { JOIN } else { 0 },
        b'-' | b'_' | b'.' => JOINT,
        _ if is_letter => LETTER + if joined { JOIN } else { 0 },
        _ => SIGN,
    };
    in_word.map_or(plain, |cost| plain.min(cost + DISGUISE))
}

/// The first letter of a word.
const LETTER: u32 = 9;
const DIGIT: u32 = 7;
/// A sign between words.
const JOINT: u32 = 7;
const SIGN: u32 = 13;
/// A number after a word, or a word after another one, without a sign between them.
const JOIN: u32 = 4;
/// A digit or a sign in the place of a letter.
const DISGUISE: u32 = 3;

/// Returns the letter that people write as this digit or sign.
fn as_letter(char: u8) -> u8 {
    match char {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        b'8' => b'b',
        other => other,
    }
}

/// Returns whether the character at this place follows from those before it.
fn is_foreseen(text: &[u8], at: usize) -> bool {
    occurred(text, at) || (1..=4).any(|stride| goes_on(text, at, stride))
}

/// Returns whether the three characters that end at this place stand earlier in the text too.
fn occurred(text: &[u8], at: usize) -> bool {
    let end = text.get(at.wrapping_sub(2)..=at).unwrap_or_default();
    let before = text.get(at.saturating_sub(WINDOW)..at).unwrap_or_default();
    let [a, b, c] = end else { return false };
    let is_end = |three: &[u8]| match three {
        // Few texts get beyond the first comparison.
        [x, y, z] => {
            [(x, a), (y, b), (z, c)].iter().all(|(one, two)| one.eq_ignore_ascii_case(two))
        }
        _ => false,
    };
    before.windows(3).any(is_end)
}

/// Returns whether the last three of every `stride` characters are the same, or neighbours in one direction. Of keys
/// that are hit one after another, neighbours in any direction.
fn goes_on(text: &[u8], at: usize, stride: usize) -> bool {
    let char = |back: usize| text.get(at.checked_sub(back)?).map(u8::to_ascii_lowercase);
    let (Some(a), Some(b), Some(c)) = (char(2 * stride), char(stride), char(0)) else {
        return false;
    };
    is_step([a, b, c]) || is_walk([a, b, c].map(place_of_key), stride == 1).unwrap_or(false)
}

fn is_step([a, b, c]: [u8; 3]) -> bool {
    let (first, second) = (b.wrapping_sub(a), c.wrapping_sub(b));
    first == second && matches!(first, 0 | 1 | 0xff)
}

fn is_walk([a, b, c]: [Option<(i8, i8)>; 3], any_direction: bool) -> Option<bool> {
    let step = |(row, column): (i8, i8), (to_row, to_column)| (to_row - row, to_column - column);
    let (first, second) = (step(a?, b?), step(b?, c?));
    let is_near = |(rows, columns): (i8, i8)| rows.abs() <= 1 && columns.abs() <= 1;
    Some(is_near(first) && is_near(second) && (any_direction || first == second))
}

/// Returns the row and the column of a key.
fn place_of_key(key: u8) -> Option<(i8, i8)> {
    PLACES.get(usize::from(key)).copied().flatten()
}

static PLACES: [Option<(i8, i8)>; 128] = places();

/// A search in the rows for each character would take most of the time.
#[allow(clippy::indexing_slicing, reason = "an index out of bounds does not compile here")]
const fn places() -> [Option<(i8, i8)>; 128] {
    let mut places = [None; 128];
    let mut row = 0;
    while row < ROWS.len() as i8 {
        let mut rest = ROWS[row as usize];
        let mut column = 0;
        while let [key, after @ ..] = rest {
            places[*key as usize] = Some((row, column));
            (rest, column) = (after, column + 1);
        }
        row += 1;
    }
    places
}

const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

/// The hexadecimal digits and hyphens with which a text ends.
struct Digits {
    changes: usize,
    /// The version of the UUID that the text is (RFC 9562).
    version: Option<u8>,
}

impl Digits {
    /// Reads the digits at the end of a text. `None` if there are too few.
    fn of(text: &[u8]) -> Option<Self> {
        let run = |is_digit: fn(&u8) -> bool| {
            let start = text.iter().rposition(|char| !is_digit(char)).map_or(0, |at| at + 1);
            text.get(start..).unwrap_or_default()
        };
        let lower = run(|char| matches!(char, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        let upper = run(|char| matches!(char, b'0'..=b'9' | b'A'..=b'F' | b'-'));
        let digits = if lower.len() > upper.len() { lower } else { upper };
        let pairs = digits.iter().zip(digits.iter().skip(1));
        let changes = pairs.filter(|(a, b)| a.is_ascii_digit() != b.is_ascii_digit()).count();
        let count = digits.iter().filter(|char| **char != b'-').count();
        (count >= HEX_DIGITS).then(|| Self { changes, version: version(digits) })
    }

    fn look_drawn(&self) -> bool {
        let is_random = self.version.is_none_or(|version| matches!(version, b'4' | b'7'));
        is_random && self.changes >= 6
    }
}

/// Returns the version of the UUID that a text is or ends with (RFC 9562).
fn version(digits: &[u8]) -> Option<u8> {
    let uuid = digits.get(digits.len().checked_sub(36)?..)?;
    let hyphens = [8, 13, 18, 23].iter().all(|at| uuid.get(*at) == Some(&b'-'));
    uuid.get(14).copied().filter(|_| hyphens)
}
