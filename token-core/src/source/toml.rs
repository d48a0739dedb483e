//! Where a field's string stands in a TOML document.
//!
//! The TOML parser decodes every value, keeps a copy of the text in its errors, and reallocates
//! strings as they grow. So it gets the document with all values masked, at the same positions: it
//! can find the field, and has no token to leak.

use core::ops::Range;

use ::toml::de::{DeTable, DeValue};
use toml_parser::{
    ErrorSink, ParseError, Source, Span,
    decoder::Encoding,
    parser::{EventReceiver, RecursionGuard, parse_document},
};

use super::{
    document::{A_STRING, A_TABLE, AN_ARRAY, Fault},
    escape::{self, Syntax},
    path::Step,
};
use crate::{Secret, error::InDocument};

/// The range of the string's bytes, without its quotes, and whether a backslash in it begins an escape.
pub(super) fn find(text: &str, steps: &[Step]) -> Result<(Range<usize>, bool), Fault> {
    let masked = mask(text, steps)?;
    let masked = core::str::from_utf8(masked.bytes()).unwrap_or_default();
    unquote(text, locate(masked, steps)?)
}

/// Walks down the tables and arrays that the steps name.
fn locate(masked: &str, steps: &[Step]) -> Result<Range<usize>, Fault> {
    let document = DeTable::parse(masked).map_err(|error| refuse(&error))?;
    let mut span = document.span();
    let mut value = &DeValue::Table(document.into_inner());
    for step in steps {
        let found = match step {
            Step::Name(name) => {
                let table = value.as_table();
                table.ok_or_else(|| Fault::wrong_type(span.start, A_TABLE))?.get(&**name)
            }
            Step::Element(index) => {
                let array = value.as_array();
                array.ok_or_else(|| Fault::wrong_type(span.start, AN_ARRAY))?.get(*index)
            }
        };
        let found = found.ok_or_else(|| Fault::missing(span.start))?;
        (span, value) = (found.span(), found.get_ref());
    }
    match value.is_str() {
        true => Ok(span),
        false => Err(Fault::wrong_type(span.start, A_STRING)),
    }
}

/// A masked document has no wrong values, so the error is a duplicate key or a mistake in the structure.
fn refuse(error: &::toml::de::Error) -> Fault {
    let offset = error.span().map_or(0, |span| span.start);
    let problem = match error.message().contains("duplicate key") {
        true => InDocument::DuplicateField,
        false => InDocument::Syntax,
    };
    Fault { offset, problem }
}

fn unquote(text: &str, written: Range<usize>) -> Result<(Range<usize>, bool), Fault> {
    let start = written.start;
    let Some(string) = text.get(written) else {
        return Err(Fault::wrong_type(start, A_STRING));
    };
    let quotes = quotes(string);
    let inside = start + quotes..start + string.len().saturating_sub(quotes);
    Ok((inside, string.starts_with('"')))
}

/// How many quotation marks open and close the string.
fn quotes(string: &str) -> usize {
    let long = string.starts_with("\"\"\"") || string.starts_with("'''");
    if long { 3 } else { 1 }
}

/// The document with every value and comment masked, byte for byte; also every key that is long
/// enough to be a token and is no part of the field's name.
fn mask(text: &str, steps: &[Step]) -> Result<Secret, Fault> {
    let tokens = Source::new(text).lex().into_vec();
    let bytes = Secret::copy_of(text.as_bytes());
    let mut masked = Masked { text, steps, bytes, keys: 0 };
    let mut first = First(None);
    // The parser's own limit, so that deep nesting cannot exhaust the stack.
    let mut guarded = RecursionGuard::new(&mut masked, 80);
    parse_document(&tokens, &mut guarded, &mut first);
    match first.0 {
        Some(offset) => Err(Fault::syntax(offset)),
        None => Ok(masked.bytes),
    }
}

struct Masked<'t> {
    text: &'t str,
    steps: &'t [Step],
    bytes: Secret,
    /// How many keys are masked.
    keys: usize,
}

impl Masked<'_> {
    /// Whether the field's name has this key, written without its quotes.
    fn is_on_the_way(&self, key: &str) -> bool {
        let decoded = key.contains('\\').then(|| escape::decode(key, Syntax::Toml).ok()).flatten();
        let key = decoded.as_ref().map_or(key.as_bytes(), Secret::bytes);
        self.steps.iter().any(|step| matches!(step, Step::Name(name) if name.as_bytes() == key))
    }

    /// Line breaks stay, so that lines and columns stay the same.
    fn fill(&mut self, range: Range<usize>, with: u8) {
        let bytes = self.bytes.bytes_mut().get_mut(range).unwrap_or_default();
        let bytes = bytes.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r'));
        bytes.for_each(|byte| *byte = with);
    }
}

impl EventReceiver for Masked<'_> {
    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let range = span.start()..span.end();
        let quotes = self.text.get(range.clone()).map_or(0, quotes);
        match encoding {
            Some(_) => self.fill(range.start + quotes..range.end.saturating_sub(quotes), b'x'),
            // A number, a date, or a token whose quotes were forgotten. The parser sees a number.
            None => self.fill(range, b'1'),
        }
    }

    /// Masks a long key. Each gets a number of its own, so that no two masked keys are equal.
    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let quotes = usize::from(encoding.is_some());
        let inside = span.start() + quotes..span.end().saturating_sub(quotes);
        let key = self.text.get(inside.clone()).unwrap_or_default();
        if key.len() >= NUMBER_LEN && !self.is_on_the_way(key) {
            self.fill(inside.clone(), b'k');
            let number = std::format!("{:0NUMBER_LEN$}", self.keys);
            let start = inside.start..inside.start + NUMBER_LEN;
            let bytes = self.bytes.bytes_mut().get_mut(start).unwrap_or_default();
            bytes.copy_from_slice(number.as_bytes());
            self.keys += 1;
        }
    }

    fn comment(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.fill(span.start() + 1..span.end(), b' ');
    }
}

/// More digits than a document of 1 MiB has keys, and shorter than any token.
const NUMBER_LEN: usize = 8;

/// The place of the first mistake. The parser's message is not kept: the position says enough.
struct First(Option<usize>);

impl ErrorSink for First {
    fn report_error(&mut self, error: ParseError) {
        let place = error.unexpected().or_else(|| error.context());
        self.0.get_or_insert(place.map_or(0, |span| span.start()));
    }
}
