//! Masks tokens in texts that are to be shown.

use std::fmt;
use std::ops::Range;

use crate::mask;
use crate::own;
use crate::scanner::{Scanner, Work};

/// Holds the tokens of a text, to mask them in other texts; [`Scanner::hidden`] makes it. It holds the bytes of the
/// tokens, so it is as secret as the text.
#[derive(Clone, Default)]
pub struct Hidden {
    /// The whole tokens.
    whole: Vec<Vec<u8>>,
    /// The tokens without what their issuer publishes. Of these, no part is shown.
    secret: Vec<Vec<u8>>,
}

impl Scanner {
    /// Finds the tokens in a text whose findings are certain, and keeps each both decoded and as it is written.
    ///
    /// ```
    /// use token_policy::format::{self, Prefix};
    /// use token_scan::Scan;
    ///
    /// let prefix = Prefix::parse("acmecorp_ci")?;
    /// let mut token = vec![0; prefix.token_bytes()];
    /// format::compose(&prefix, &[7; 64], &mut token)?;
    /// let token = String::from_utf8(token)?;
    ///
    /// let argument = format!("--key={token}");
    /// let hidden = Scan::certain().prefixes_in(&argument).build()?.hidden(&argument);
    /// let message = hidden.mask(&format!("error: there is no option `{argument}`"));
    /// assert_eq!(message, format!("error: there is no option `--key={}`", "*".repeat(48)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hidden(&self, text: &str) -> Hidden {
        let mut hidden = Hidden::default();
        for hit in self.certain(text, &mut Work::default()) {
            let there = text.as_bytes().get(hit.start..=hit.last).unwrap_or_default();
            hidden.whole.push(there.to_vec());
            hidden.secret.push(hit.secret().to_vec());
            if there != hit.value {
                hidden.secret.push(there.to_vec());
                hidden.whole.push(hit.value);
            }
        }
        hidden.whole.retain(|value| !value.is_empty());
        hidden
    }

    /// Returns the text with all tokens masked that are certain: those that this scanner finds, and those of our own
    /// format with any prefix. What stands before and after a token doesn't matter. The number of characters stays the
    /// same.
    ///
    /// ```
    /// # use token_policy::format::{self, Prefix};
    /// # use token_scan::Scan;
    /// # let prefix = Prefix::parse("acmecorp_ci")?;
    /// # let mut token = vec![0; prefix.token_bytes()];
    /// # format::compose(&prefix, &[7; 64], &mut token)?;
    /// # let token = String::from_utf8(token)?;
    /// let scanner = Scan::certain().build()?;
    /// assert_eq!(scanner.mask(&format!("dir_{token}.txt")), format!("dir_{}.txt", "*".repeat(48)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mask(&self, text: &str) -> String {
        let hits = self.certain(text, &mut Work::default());
        let found = hits.iter().map(|hit| hit.start..hit.last + 1);
        let hidden: Vec<Range<usize>> = found.chain(own::tokens(text.as_bytes())).collect();
        mask::ranges(text, &hidden)
    }
}

impl Hidden {
    /// Returns the text with these tokens masked: no eight consecutive bytes of one remain. The prefix that all tokens of
    /// its sort have is masked only where the whole token stands.
    pub fn mask(&self, text: &str) -> String {
        let whole = self.whole.iter().flat_map(|value| {
            memchr::memmem::find_iter(text.as_bytes(), value).map(|at| at..at + value.len())
        });
        let text = mask::ranges(text, &whole.collect::<Vec<_>>());
        let secret: Vec<&[u8]> = self.secret.iter().map(Vec::as_slice).collect();
        mask::without(&text, &secret)
    }
}

/// Writes only how many texts are masked.
impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({})", self.whole.len())
    }
}
