//! Masks the tokens of one text in other texts.

use std::fmt;

use crate::engine::Hit;
use crate::mask;
use crate::rule::Certainty;
use crate::scanner::{Scanner, Work};

/// Holds the tokens of a text, to mask them in other texts; [`Scanner::hidden`] makes it. It holds the bytes of the
/// tokens, so it is as secret as the text.
#[derive(Clone, Default)]
pub struct Hidden {
    values: Vec<Vec<u8>>,
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
    /// assert!(message.starts_with("error: there is no option `--key=****"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hidden(&self, text: &str) -> Hidden {
        let hits = self.hits("", text.as_bytes(), &mut Work::default());
        let certain = hits.into_iter().filter(|hit| hit.certainty == Certainty::Certain);
        let both = |hit: Hit| {
            let there = text.as_bytes().get(hit.start..=hit.last).map(<[u8]>::to_vec);
            [there.unwrap_or_default(), hit.value]
        };
        let values = certain.flat_map(both).filter(|value| !value.is_empty());
        Hidden { values: values.collect() }
    }
}

impl Hidden {
    /// Returns the text with these tokens masked: no eight consecutive bytes of one remain.
    pub fn mask(&self, text: &str) -> String {
        let values: Vec<&[u8]> = self.values.iter().map(Vec::as_slice).collect();
        mask::without(text, &values)
    }
}

/// Writes only how many texts are masked.
impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({})", self.values.len())
    }
}
