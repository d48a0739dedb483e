//! Reads a source as a list of the compiler's tokens, without white space and comments.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// One token: its text, and where it begins. A raw identifier has the text without `r#`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub(super) sort: Sort,
    pub(super) text: &'s str,
    pub(super) start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Word,
    /// A string literal. The text is what stands between its quotes, with its escapes.
    Text,
    Open,
    Close,
    Other,
}

pub(super) fn read(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    for token in tokenize(source, FrontmatterAllowed::No) {
        let end = start + usize::try_from(token.len).unwrap_or(0);
        let text = source.get(start..end).unwrap_or_default();
        let (sort, text) = match token.kind {
            TokenKind::Whitespace
            | TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. } => (None, text),
            TokenKind::Ident => (Some(Sort::Word), text),
            TokenKind::RawIdent => (Some(Sort::Word), text.trim_start_matches("r#")),
            TokenKind::Literal { kind: LiteralKind::Str { .. }, .. } => {
                (Some(Sort::Text), text.trim_matches('"'))
            }
            TokenKind::Literal { kind: LiteralKind::RawStr { .. }, .. } => {
                let quoted = text.trim_start_matches('r').trim_matches('#');
                (Some(Sort::Text), quoted.trim_matches('"'))
            }
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => {
                (Some(Sort::Open), text)
            }
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                (Some(Sort::Close), text)
            }
            _ => (Some(Sort::Other), text),
        };
        tokens.extend(sort.map(|sort| Token { sort, text, start }));
        start = end;
    }
    tokens
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && self.sort != Sort::Text
    }

    pub(super) fn is_word(&self) -> bool {
        self.sort == Sort::Word
    }
}

/// Returns the number of tokens in the group that opens at the first token, with both brackets. It is all of them if the
/// group does not close.
pub(super) fn group(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.sort {
            Sort::Open => depth += 1,
            Sort::Close => depth = depth.saturating_sub(1),
            Sort::Word | Sort::Text | Sort::Other => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Splits the tokens at commas that stand in no group.
pub(super) fn arguments<'t, 's>(mut tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut arguments = Vec::new();
    while !tokens.is_empty() {
        let mut end = 0;
        while let Some(token) = tokens.get(end).filter(|token| !token.is(",")) {
            end += match token.sort {
                Sort::Open => group(tokens.get(end..).unwrap_or_default()),
                Sort::Word | Sort::Text | Sort::Close | Sort::Other => 1,
            };
        }
        arguments.push(tokens.get(..end).unwrap_or_default());
        tokens = tokens.get(end + 1..).unwrap_or_default();
    }
    arguments
}

/// Returns the tokens inside the group that opens at the first token, without the brackets.
pub(super) fn inside<'t, 's>(tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    let end = group(tokens);
    tokens.get(1..end.saturating_sub(1)).unwrap_or_default()
}
