//! Characters that make a text look different from what it is.

#[cfg(feature = "parse")]
use core::fmt::{self, Write as _};

/// The most characters of a text that a message repeats: a longest name, or a circle of several.
#[cfg(feature = "parse")]
const MAX_QUOTED: usize = 256;

/// Whether `c` is a control character, a line separator or one that changes the direction of text.
///
/// Direction marks can make a reviewer read another rule than the one enforced (CVE-2021-42574).
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() || is_misleading(c)
}

/// The hidden characters that TOML itself allows, in comments too.
pub(crate) const fn is_misleading(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A name from a policy in a message: between backticks, hidden characters made visible, and cut if it is very long.
#[cfg(feature = "parse")]
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

#[cfg(feature = "parse")]
impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        for (i, c) in self.0.chars().enumerate() {
            match c {
                _ if i == MAX_QUOTED => return f.write_str("...`"),
                c if is_hidden(c) => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        f.write_str("`")
    }
}
