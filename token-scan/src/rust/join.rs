//! Joins the literals that the compiler joins.

use ra_ap_rustc_lexer::TokenKind;

use super::literal;
use crate::text::Decoded;

/// The names that may stand between two parts of a sum of strings.
const GLUE: &[&str] =
    &["to_string", "to_owned", "String", "from", "into", "as_str", "str", "as_ref"];

/// Reads the compiler's tokens of a file one after the other, and joins the literals.
pub(super) struct Joiner<'s, 'o> {
    source: &'s str,
    out: &'o mut Decoded,
    /// The value of the literals that were joined so far.
    joined: Decoded,
    parts: usize,
    /// Whether the value of one of these literals differs from its bytes in the file.
    decoded: bool,
    /// For each bracket that is open at the current token, what it encloses.
    inside: Vec<Inside>,
    /// How much of `concat!` was just read: 1 is `concat`, 2 is all of it.
    concat: u8,
    /// Whether a `+` stood since the last literal.
    plus: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Array,
    Concat,
    Other,
}

impl<'s, 'o> Joiner<'s, 'o> {
    pub(super) fn new(source: &'s str, out: &'o mut Decoded) -> Joiner<'s, 'o> {
        Joiner {
            source,
            out,
            joined: Decoded::default(),
            parts: 0,
            decoded: false,
            inside: Vec::new(),
            concat: 0,
            plus: false,
        }
    }

    pub(super) fn token(&mut self, kind: TokenKind, start: usize, end: usize) {
        let text = self.source.get(start..end).unwrap_or_default();
        match kind {
            TokenKind::Whitespace
            | TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. } => return,
            TokenKind::Ident => return self.ident(text),
            TokenKind::Bang if self.concat == 1 => {
                self.concat = 2;
                return;
            }
            TokenKind::Literal { kind, suffix_start } => {
                let suffix = usize::try_from(suffix_start).unwrap_or(0);
                self.literal(kind, text.get(..suffix).unwrap_or(text), start);
            }
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => self.open(kind),
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => self.close(),
            TokenKind::Comma if self.lists() => {}
            TokenKind::Plus => self.plus = true,
            TokenKind::And | TokenKind::Dot | TokenKind::Colon => {}
            _ => self.flush(),
        }
        self.concat = 0;
    }

    fn ident(&mut self, text: &str) {
        self.concat = u8::from(text == "concat");
        if self.concat == 0 && !GLUE.contains(&text) {
            self.flush();
        }
    }

    fn literal(&mut self, kind: ra_ap_rustc_lexer::LiteralKind, text: &str, start: usize) {
        let listed = match self.inside.last() {
            Some(Inside::Array) => literal::is_scalar(kind),
            Some(Inside::Concat) => true,
            _ => false,
        };
        let joins = self.parts == 0 || self.plus || listed;
        if !joins {
            self.flush();
        }
        self.plus = false;
        let before = self.joined.len();
        let in_array = self.inside.last() == Some(&Inside::Array);
        let Some(changed) = literal::add(kind, text, start, in_array, &mut self.joined) else {
            self.flush();
            return;
        };
        self.decoded |= changed && self.joined.len() > before;
        self.parts += 1;
    }

    fn open(&mut self, kind: TokenKind) {
        let inside = match kind {
            _ if self.concat == 2 => Inside::Concat,
            TokenKind::OpenBracket => Inside::Array,
            _ if self.inside.last() == Some(&Inside::Concat) => Inside::Concat,
            _ => Inside::Other,
        };
        // Brackets inside a `concat!` continue the value of the `concat!`.
        if inside != Inside::Other && self.inside.last() != Some(&Inside::Concat) && !self.plus {
            self.flush();
        }
        if kind == TokenKind::OpenBrace && inside == Inside::Other {
            self.flush();
        }
        self.inside.push(inside);
    }

    fn close(&mut self) {
        let closed = self.inside.pop();
        let nested = self.inside.last() == Some(&Inside::Concat);
        if matches!(closed, Some(Inside::Array)) && !nested {
            self.flush();
        }
    }

    /// Returns whether a comma at this place puts literals together.
    fn lists(&self) -> bool {
        matches!(self.inside.last(), Some(Inside::Array | Inside::Concat))
    }

    /// Ends the current value. It is kept only if it differs from the bytes of the file.
    fn flush(&mut self) {
        if (self.parts > 1 || self.decoded) && self.joined.len() >= 8 {
            self.out.append(&self.joined);
            self.out.push(b'\n', self.joined.place(self.joined.len()));
        }
        self.joined.clear();
        self.parts = 0;
        self.decoded = false;
        self.plus = false;
    }

    pub(super) fn finish(&mut self) {
        self.flush();
    }
}
