//! A text with placeholders, by the rule of Rust's `format!`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A text with placeholders, such as `-metadata=attempt={attempt}`.
///
/// `Display` writes it as the policy has it. Feature `lock` has `Template::expand`, which puts the values in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    /// Stands for itself. Braces are no longer doubled.
    Text(String),
    /// Stands for a value.
    Value(Placeholder),
}

impl Template {
    /// Returns the text as the policy has it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Result<Template, TemplateError<'_>> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, tail) = rest.split_at(at);
            plain.push_str(before);
            if let Some((brace, after)) = doubled(tail) {
                plain.push(brace);
                rest = after;
                continue;
            }
            let opened = tail.strip_prefix('{').ok_or(TemplateError::Unopened)?;
            let (name, after) = opened.split_once('}').ok_or(TemplateError::Unclosed)?;
            let value = Placeholder::named(name).ok_or(TemplateError::Unknown(name))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(core::mem::take(&mut plain)));
            }
            pieces.push(Piece::Value(value));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Template { text: text.to_owned(), pieces })
    }

    /// Returns the parts, in their order. No two texts follow each other.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Iterates over the placeholders.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(placeholder) => Some(*placeholder),
        })
    }

    pub(crate) fn has(&self, placeholder: Placeholder) -> bool {
        self.placeholders().any(|found| found == placeholder)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Takes a brace that is written twice. Returns it, and what follows.
fn doubled(text: &str) -> Option<(char, &str)> {
    let find = |twice, brace| Some((brace, text.strip_prefix(twice)?));
    find("{{", '{').or_else(|| find("}}", '}'))
}

/// Says why a text is not a [`Template`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplateError<'t> {
    /// A `{` has no `}` after it.
    Unclosed,
    /// A `}` has no `{` before it.
    Unopened,
    /// There is no placeholder of this name.
    Unknown(&'t str),
}

/// What an argument may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Placeholder {
    Kind,
    Environment,
    Slot,
    Attempt,
    IdempotencyKey,
    Generation,
    Handle,
    Holder,
    Seconds,
}

impl Placeholder {
    /// Those that each step may have.
    pub(crate) const EVERYWHERE: [Placeholder; 6] = [
        Placeholder::Kind,
        Placeholder::Environment,
        Placeholder::Slot,
        Placeholder::Attempt,
        Placeholder::IdempotencyKey,
        Placeholder::Generation,
    ];

    /// Those that tell one attempt from another.
    pub(crate) const OF_ATTEMPT: [Placeholder; 2] =
        [Placeholder::Attempt, Placeholder::IdempotencyKey];

    /// Those that one step may have.
    const ELSEWHERE: [Placeholder; 3] =
        [Placeholder::Handle, Placeholder::Holder, Placeholder::Seconds];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Placeholder::Kind => "kind",
            Placeholder::Environment => "environment",
            Placeholder::Slot => "slot",
            Placeholder::Attempt => "attempt",
            Placeholder::IdempotencyKey => "idempotency_key",
            Placeholder::Generation => "generation",
            Placeholder::Handle => "handle",
            Placeholder::Holder => "holder",
            Placeholder::Seconds => "seconds",
        }
    }

    fn named(name: &str) -> Option<Placeholder> {
        let all = Placeholder::EVERYWHERE.into_iter().chain(Placeholder::ELSEWHERE);
        all.into_iter().find(|placeholder| placeholder.as_str() == name)
    }
}
