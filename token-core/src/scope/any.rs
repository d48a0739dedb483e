//! The scopes of one token, for code that does not know the kind's type.

use core::fmt;

use super::{Bits, CompiledKind, ScopeSet, TokenKind, set};
use crate::Error;

/// The scopes of a token of whatever kind: a [`ScopeSet`] that knows its kind at run time only. A registry and a verifier
/// work with it, since they serve many kinds.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// # use token_core::{AnyScopeSet, Scope, TokenKind};
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(Scope)] #[scope("deploy:run")] enum DeployRun {}
/// # #[derive(TokenKind)]
/// # #[token_kind(name = "github-ci", scopes(RepoRead, DeployRun), max_lifetime = "1h")]
/// # enum GithubCi {}
/// let kind = GithubCi::COMPILED;
/// let granted = AnyScopeSet::from_names(kind, ["deploy:run"])?;
/// assert!(AnyScopeSet::of_kind(kind).is_superset(&granted));
/// assert_eq!(granted.names().collect::<Vec<_>>(), ["deploy:run"]);
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct AnyScopeSet {
    kind: &'static CompiledKind,
    bits: Bits,
}

impl AnyScopeSet {
    /// All scopes that the kind carries.
    #[must_use]
    pub fn of_kind(kind: &'static CompiledKind) -> Self {
        Self { kind, bits: Bits::of_kind(kind) }
    }

    /// The scopes with these names, and all scopes that they imply.
    ///
    /// # Errors
    ///
    /// As [`ScopeSet::parse`].
    pub fn from_names<'a>(
        kind: &'static CompiledKind,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        set::closure(kind, names).map(|bits| Self { kind, bits })
    }

    /// Those of the scopes with these names that the kind carries today, without those that they imply.
    ///
    /// For names that a registry stored: they are closed under the implications of the day on which the token was made.
    /// To close them again could add a scope that nobody granted.
    pub fn still_carried<'a>(
        kind: &'static CompiledKind,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let position = |name| kind.scopes.iter().position(|scope| scope.name == name);
        let mut bits = Bits::EMPTY;
        names.into_iter().filter_map(position).for_each(|position| bits.insert(position));
        Self { kind, bits }
    }

    /// The kind whose scopes they are.
    #[must_use]
    pub const fn kind(&self) -> &'static CompiledKind {
        self.kind
    }

    /// The names of the scopes, implied ones included, in the order of [`CompiledKind::scopes`].
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.bits.names(self.kind)
    }

    /// Whether every scope of `other` is in this set. Scopes of another kind are not.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        self.kind.is(other.kind) && self.bits.is_superset(&other.bits)
    }

    /// The scopes as 256 bits: bit *i* % 64 of word *i* / 64 stands for the scope at position *i* of
    /// [`CompiledKind::scopes`]. For the memory of this process; in another build the positions may differ.
    #[must_use]
    #[inline]
    pub const fn to_words(&self) -> [u64; 4] {
        self.bits.words()
    }

    /// The scopes that [`to_words`](Self::to_words) gave. Bits beyond the kind's scopes are left out.
    #[must_use]
    #[inline]
    pub fn from_words(kind: &'static CompiledKind, words: [u64; 4]) -> Self {
        Self { kind, bits: Bits::of_words(kind, words) }
    }

    pub(crate) const fn bits(&self) -> Bits {
        self.bits
    }
}

impl<K: TokenKind> From<ScopeSet<K>> for AnyScopeSet {
    fn from(set: ScopeSet<K>) -> Self {
        Self { kind: K::COMPILED, bits: set.bits }
    }
}

impl PartialEq for AnyScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.kind.is(other.kind) && self.bits == other.bits
    }
}

impl Eq for AnyScopeSet {}

impl fmt::Debug for AnyScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
