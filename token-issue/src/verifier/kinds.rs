//! The kinds whose tokens a verifier takes.

use token_core::{
    scope::{CompiledKind, Uses},
    wipe,
};
use token_policy::format;

/// The kinds that have a format, found by the prefix of a token, and by name.
#[derive(Debug)]
pub(super) struct Kinds {
    /// Sorted by the prefix.
    by_prefix: Vec<(String, u16)>,
    all: &'static [&'static CompiledKind],
}

impl Kinds {
    pub(super) fn new(all: &'static [&'static CompiledKind]) -> Self {
        let mut by_prefix: Vec<_> = all
            .iter()
            .zip(0_u16..)
            .filter_map(|(kind, index)| Some((format!("{}_", kind.format?.name()), index)))
            .collect();
        by_prefix.sort();
        Self { by_prefix, all }
    }

    /// The kind of a text that may be a token: it has the prefix of a kind, and its checksum is right.
    #[inline]
    pub(super) fn of_text(&self, text: &[u8]) -> Option<(u16, &'static CompiledKind)> {
        let checked = format::check(text);
        // Not by whoever hashes it next: a future that is boxed later may take up the bytes above his frame.
        wipe::stack();
        let prefix = checked.ok()?.prefix();
        let found =
            self.by_prefix.binary_search_by(|(known, _)| known.as_str().cmp(prefix)).ok()?;
        let index = self.by_prefix.get(found)?.1;
        Some((index, self.get(index)?))
    }

    /// How many there are, and how many of them have a prefix.
    pub(super) const fn len(&self) -> (usize, usize) {
        (self.all.len(), self.by_prefix.len())
    }

    #[inline]
    pub(super) fn get(&self, index: u16) -> Option<&'static CompiledKind> {
        self.all.get(usize::from(index)).copied()
    }

    pub(super) fn named(&self, name: &str) -> Option<(u16, &'static CompiledKind)> {
        (0..).zip(self.all).find(|(_, kind)| kind.name == name).map(|(index, kind)| (index, *kind))
    }
}

/// Whether each token of the kind may be used once only.
pub(super) fn is_once(kind: &CompiledKind) -> bool {
    kind.uses == Uses::Once
}
