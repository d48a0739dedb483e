//! Knows the beginning of a token in one form.

use std::sync::Arc;

use token_policy::format::{Form, Prefix};

use super::reading::Reading;

/// A fixed string with which tokens of one kind begin in one form.
pub(super) struct Needle {
    bytes: Vec<u8>,
    form: Form,
    kind: Arc<str>,
    prefix: Prefix,
}

impl Needle {
    /// Yields the needles of a kind's prefix, one for each form. Hexadecimal digits are one form.
    pub(super) fn all(kind: &Arc<str>, prefix: &Prefix) -> impl Iterator<Item = Self> {
        // The lowercase needle is found in letters of either case.
        let forms = Form::ALL.iter().filter(|form| **form != Form::HexUpper);
        forms.map(|form| Self::of(*form, kind, prefix))
    }

    /// Makes the needle of a kind's prefix as it is, not encoded.
    pub(super) fn plain(kind: &Arc<str>, prefix: &Prefix) -> Self {
        Self::of(Form::Raw, kind, prefix)
    }

    fn of(form: Form, kind: &Arc<str>, prefix: &Prefix) -> Self {
        let bytes = form.needle(prefix).as_bytes().to_vec();
        Self { bytes, form, kind: kind.clone(), prefix: *prefix }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn kind(&self) -> &Arc<str> {
        &self.kind
    }

    /// Returns whether the needle is made of hexadecimal digits, whose letters may be of either case.
    pub(super) fn is_hex(&self) -> bool {
        self.form == Form::HexLower
    }

    pub(super) fn is_utf16(&self) -> bool {
        self.form == Form::Utf16
    }

    /// Reads a text that begins with the needle.
    pub(super) fn read(&self, text: &[u8]) -> Reading {
        Reading::of(self.form, &self.prefix, text)
    }
}
