//! Writes the text that replaces a token.

use std::{fmt, io::Write, sync::Arc};

use token_core::TokenId;

/// Names a token that is replaced, by its kind and its id, if it has one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) kind: Arc<str>,
    /// `None` for a token that could be guessed: the label shows nothing of it then.
    pub(super) id: Option<TokenId>,
}

impl Label {
    /// Appends the text of the label, in UTF-16 if the token was written in UTF-16.
    pub(super) fn write(&self, out: &mut Vec<u8>, is_utf16: bool) {
        let start = out.len();
        // Writing to a vector cannot fail.
        let _ = write!(out, "{self}");
        if !is_utf16 {
            return;
        }
        let text = out.split_off(start);
        // The zero byte after the token's last character stays in the text, so the label has none: see `Form::Utf16`.
        out.extend(text.into_iter().flat_map(|byte| [byte, 0]));
        out.pop();
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The whole id: whoever chooses tokens can make one whose id begins with the same eight digits within two minutes.
        match self.id {
            Some(id) => write!(f, "[token:{}#{id}]", self.kind),
            None => write!(f, "[token:{}]", self.kind),
        }
    }
}

/// A token that was found in a text: its range, and what replaces it.
pub(super) struct Found {
    /// The first byte that tells of the token: `start`, or the byte before it, which is not replaced.
    pub(super) from: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: Label,
    pub(super) is_utf16: bool,
}

impl Found {
    /// Returns the key by which finds are sorted: by place, and of tokens that begin at the same place the longest
    /// first.
    pub(super) fn order(&self) -> (usize, core::cmp::Reverse<usize>) {
        (self.start, core::cmp::Reverse(self.end))
    }
}
