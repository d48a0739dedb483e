//! Knows the characters that make a text look different from what it is.

#[cfg(feature = "parse")]
use core::fmt::{self, Write as _};

/// The most characters of a text that a message repeats. There is room for the longest name, or for a cycle of several.
#[cfg(feature = "parse")]
const MAX_QUOTED: usize = 256;

/// Returns whether `c` is a control character, a line separator or one that changes the direction of text.
///
/// Direction marks can make a reviewer read another rule than the one enforced (CVE-2021-42574).
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() || is_misleading(c)
}

/// Returns whether `c` is a hidden character that TOML allows, in comments too: a direction mark or line separator.
pub(crate) const fn is_misleading(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a character is invisible: `Default_Ignorable_Code_Point` (Unicode, `DerivedCoreProperties.txt`).
#[cfg(any(feature = "parse", feature = "report"))]
pub(crate) const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Displays a name from a policy in a message: between backticks, with hidden characters as escapes, and cut if it is
/// very long.
#[cfg(feature = "parse")]
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

#[cfg(feature = "parse")]
impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        for (i, c) in self.0.chars().enumerate() {
            match c {
                _ if i == MAX_QUOTED => return f.write_str("...`"),
                c if is_hidden(c) || is_ignorable(c) => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        f.write_str("`")
    }
}
