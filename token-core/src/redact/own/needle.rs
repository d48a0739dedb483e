//! The beginning of a token in one form.

use std::{sync::Arc, vec::Vec};

use token_policy::format::{Form, Prefix, TAIL_BYTES, is_base62};

use super::reading::Reading;
use crate::redact::escape::Escape;

/// A fixed string that a token begins with.
pub(super) struct Needle {
    bytes: Vec<u8>,
    form: Form,
    kind: Arc<str>,
    prefix: Prefix,
}

impl Needle {
    /// A kind's prefix in all forms.
    pub(super) fn all(kind: &Arc<str>, prefix: &Prefix) -> impl Iterator<Item = Self> {
        Form::ALL.iter().map(|form| {
            let bytes = form.needle(prefix).as_bytes().to_vec();
            Self { bytes, form: *form, kind: kind.clone(), prefix: *prefix }
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn kind(&self) -> &Arc<str> {
        &self.kind
    }

    pub(super) fn is_utf16(&self) -> bool {
        self.form == Form::Utf16
    }

    /// Reads a text that begins with the needle.
    pub(super) fn read(&self, text: &[u8]) -> Reading {
        match self.first_escape(text) {
            Some(escape) if self.form == Form::Raw => {
                Reading::of_escaped(escape, &self.prefix, text)
            }
            _ => Reading::of_form(self.form, &self.prefix, text),
        }
    }

    /// What follows the prefix may still have escapes in it.
    fn first_escape(&self, text: &[u8]) -> Option<Escape> {
        let tail = text.iter().skip(self.bytes.len()).take(TAIL_BYTES);
        let mark = tail.copied().find(|byte| !is_base62(*byte))?;
        Escape::ALL.into_iter().find(|escape| escape.mark() == mark)
    }
}
