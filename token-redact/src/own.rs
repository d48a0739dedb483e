//! Finds tokens of our own format: by their prefixes, which are not secret, and then by their checksums.

mod escaped;
mod needle;
mod needles;
mod reading;
mod search;

use std::sync::Arc;

use token_policy::format::Prefix;

use self::{
    escaped::{Places, Stretch},
    needle::Needle,
    needles::Needles,
    reading::Reading,
};
use super::{
    buffer::Buffer,
    label::{Found, Label},
};
use token_core::TokenId;

/// Knows the prefixes of the tokens of our own format.
pub(super) struct Own {
    /// The prefixes in all forms.
    forms: Needles,
    /// The prefixes as they are, which are looked for in text whose escapes are decoded.
    plain: Needles,
}

/// Collects the finds in a text.
struct Finds<'f> {
    found: &'f mut Vec<Found>,
    /// The place at which the first token may begin whose end is not in the text.
    open: usize,
}

impl Own {
    /// Takes the name and the prefix of each kind.
    pub(super) fn new(kinds: &[(Arc<str>, Prefix)]) -> Self {
        let forms = kinds.iter().flat_map(|(kind, prefix)| Needle::all(kind, prefix));
        let plain = kinds.iter().map(|(kind, prefix)| Needle::plain(kind, prefix));
        Self { forms: Needles::new(forms.collect()), plain: Needles::new(plain.collect()) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// Returns whether `value` is a token that is found by its prefix, under whatever name.
    pub(super) fn masks(&self, value: &[u8]) -> bool {
        self.plain.beginning(value).any(
            |needle| matches!(needle.read(value), Reading::Token(_, len) if len == value.len()),
        )
    }

    /// Adds the tokens in `text` to `found`. Returns the place at which the first token may begin whose end is not in
    /// `text`.
    pub(super) fn scan(&self, text: &[u8], scratch: &mut Buffer, found: &mut Vec<Found>) -> usize {
        let open = self.scan_plain(text, found);
        let mut finds = Finds { found, open };
        escaped::each(text, scratch, |stretch| self.scan_stretch(stretch, &mut finds));
        finds.open
    }

    /// Like [`scan`](Self::scan), of the tokens whose characters are not written as escapes.
    pub(super) fn scan_plain(&self, text: &[u8], found: &mut Vec<Found>) -> usize {
        let mut finds = Finds { found, open: self.forms.partial(text) };
        self.forms.each(text, |start, needle| {
            let rest = text.get(start..).unwrap_or_default();
            match needle.read(rest) {
                Reading::Token(id, len) => finds.push(needle, id, start, start + len),
                Reading::Incomplete => finds.open = finds.open.min(start),
                Reading::Nothing => {}
            }
        });
        finds.open
    }

    fn scan_stretch(&self, stretch: &Stretch<'_>, finds: &mut Finds<'_>) {
        let bytes = stretch.bytes();
        if stretch.is_open() {
            let open = stretch.places().of(self.plain.partial(bytes));
            finds.open = finds.open.min(open);
        }
        let mut places = stretch.places();
        self.plain.each(bytes, |first, needle| {
            match needle.read(bytes.get(first..).unwrap_or_default()) {
                Reading::Token(id, len) => {
                    let from = places.of(first);
                    let start = from + usize::from(places.is_marked());
                    finds.push(needle, id, start, { places }.of(first + len));
                    finds.found.last_mut().into_iter().for_each(|found| found.from = from);
                }
                Reading::Incomplete if stretch.is_open() => {
                    finds.open = finds.open.min(places.of(first));
                }
                Reading::Incomplete | Reading::Nothing => {}
            }
        });
        stretch.inside(|start, end, text| {
            if self.plain.may_begin(text.bytes()) {
                text.join(|text| self.scan_inside(start, end, text, stretch.is_open(), finds));
            }
        });
    }

    /// Reads the text that begins at `start`, inside an escape that ends at `end`, and adds its tokens to `finds`.
    fn scan_inside(
        &self,
        start: usize,
        end: Places<'_>,
        text: &[u8],
        is_open: bool,
        finds: &mut Finds<'_>,
    ) {
        if is_open && self.plain.may_become(text) {
            finds.open = finds.open.min(start);
        }
        for needle in self.plain.beginning(text) {
            match needle.read(text) {
                Reading::Token(id, len) => finds.push(needle, id, start, end.after(start, len)),
                Reading::Incomplete if is_open => finds.open = finds.open.min(start),
                Reading::Incomplete | Reading::Nothing => {}
            }
        }
    }
}

impl Finds<'_> {
    fn push(&mut self, needle: &Needle, id: Option<TokenId>, start: usize, end: usize) {
        let label = Label { kind: needle.kind().clone(), id };
        let is_utf16 = needle.is_utf16();
        self.found.push(Found { from: start, start, end, label, is_utf16 });
    }
}
