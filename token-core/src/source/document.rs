//! Faults and their places in a document, for the sources that read documents.

use std::string::String;

use crate::error::{InDocument, Loading, Place, Problem};

/// Why a field gave no token, and at which byte of the document.
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) problem: InDocument,
}

impl Fault {
    pub(super) fn syntax(offset: usize) -> Self {
        Self { offset, problem: InDocument::Syntax }
    }

    pub(super) fn missing(offset: usize) -> Self {
        Self { offset, problem: InDocument::MissingField }
    }

    pub(super) fn wrong_type(offset: usize, expected: &'static str) -> Self {
        Self { offset, problem: InDocument::WrongType { expected } }
    }

    pub(super) fn at(self, document: String, text: &[u8], field: &str) -> Loading {
        place(document, text, field, self.offset).problem(Problem::Document(self.problem))
    }
}

/// The place of a field whose value stands at byte `offset`.
pub(super) fn place(document: String, text: &[u8], field: &str, offset: usize) -> Place {
    let (line, column) = position(text, offset);
    let field = field.into();
    Place::Field { document, field, line, column }
}

/// The line and column, both from 1, of a byte. Columns count characters.
fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.split(|&byte| byte == b'\n').next_back().unwrap_or_default();
    let lines = before.iter().filter(|&&byte| byte == b'\n').count();
    // A UTF-8 continuation byte belongs to the character before it.
    let columns = line.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
    (lines + 1, columns + 1)
}

pub(super) const A_STRING: &str = "a string in quotes";
pub(super) const A_TABLE: &str = "a table";
pub(super) const AN_ARRAY: &str = "an array";
