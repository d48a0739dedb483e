//! The scopes of one token as a set of 256 bits: the position in the kind's list is the position of the bit.

use super::CompiledKind;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Bits([u64; WORDS]);

/// A kind carries at most 256 scopes; token-policy refuses more.
const WORDS: usize = 4;

impl Bits {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);

    /// Every scope of the kind.
    pub(crate) fn of_kind(kind: &CompiledKind) -> Self {
        let mut all = Self::EMPTY;
        (0..kind.scopes.len()).for_each(|position| all.insert(position));
        all
    }

    /// The scopes with these names, without those that they imply. `None` if the kind lacks one.
    ///
    /// A constant function, so that what an operation needs is known when the program is compiled.
    #[expect(
        clippy::indexing_slicing,
        reason = "`get_mut` is not constant, and a kind has at most 256 scopes"
    )]
    pub(crate) const fn named(kind: &CompiledKind, mut names: &[&str]) -> Option<Self> {
        let mut words = [0; WORDS];
        while let [name, rest @ ..] = names {
            let Some(position) = position(kind, name) else {
                return None;
            };
            words[position / 64] |= 1 << (position % 64);
            names = rest;
        }
        Some(Self(words))
    }

    pub(crate) const fn words(self) -> [u64; WORDS] {
        self.0
    }

    /// These bits, without those beyond the kind's scopes.
    #[inline]
    pub(crate) fn of_words(kind: &CompiledKind, mut words: [u64; WORDS]) -> Self {
        let mut left = kind.scopes.len();
        for word in &mut words {
            let beyond = 64_u32.saturating_sub(u32::try_from(left).unwrap_or(64));
            *word &= u64::MAX.checked_shr(beyond).unwrap_or(0);
            left = left.saturating_sub(64);
        }
        Self(words)
    }

    #[inline]
    pub(crate) fn is_superset(&self, other: &Self) -> bool {
        let mut beyond = 0;
        for (ours, theirs) in self.0.iter().zip(&other.0) {
            beyond |= theirs & !ours;
        }
        beyond == 0
    }

    pub(crate) fn insert(&mut self, position: usize) {
        if let Some(word) = self.0.get_mut(position / 64) {
            *word |= 1 << (position % 64);
        }
    }

    /// Inserts the scope at `position` and all that it implies.
    pub(crate) fn insert_closure(&mut self, kind: &CompiledKind, position: usize) {
        self.insert(position);
        let implied = kind.scopes.get(position).map_or(&[][..], |scope| scope.implies);
        implied.iter().for_each(|&other| self.insert(other.into()));
    }

    pub(crate) fn contains(&self, position: usize) -> bool {
        let word = self.0.get(position / 64).copied().unwrap_or(0);
        word & (1 << (position % 64)) != 0
    }

    /// The names of the scopes, in the order of the kind's list.
    pub(crate) fn names(self, kind: &CompiledKind) -> impl Iterator<Item = &'static str> {
        let scopes = kind.scopes.iter().enumerate();
        scopes.filter(move |&(position, _)| self.contains(position)).map(|(_, scope)| scope.name)
    }
}

/// Where the kind has a scope.
const fn position(kind: &CompiledKind, name: &str) -> Option<usize> {
    let (mut scopes, mut position) = (kind.scopes, 0);
    while let [scope, rest @ ..] = scopes {
        if same(scope.name.as_bytes(), name.as_bytes()) {
            return Some(position);
        }
        (scopes, position) = (rest, position + 1);
    }
    None
}

/// Whether two names are equal: `==` is not constant.
const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.is_empty() && b.is_empty()
}
