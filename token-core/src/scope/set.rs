//! Scope sets at run time: what one grant says, checked against its kind.

use core::{fmt, marker::PhantomData};

use token_policy::scope_name;

use super::{CompiledKind, TokenKind};
use crate::{Error, error::Refusal};

/// A set of the scopes of kind `K`, closed under implication: 256 bits, no
/// allocation, compared in a few instructions.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// # use token_core::{Scope, ScopeSet, TokenKind};
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(Scope)] #[scope("deploy:run")] enum DeployRun {}
/// #[derive(TokenKind)]
/// #[token_kind(name = "github-ci", scopes(RepoRead, DeployRun), max_lifetime = "1h")]
/// enum GithubCi {}
///
/// let granted = ScopeSet::<GithubCi>::parse("deploy:run repo:read")?;
/// assert!(granted.is_superset(&ScopeSet::parse("repo:read")?));
/// assert_eq!(granted, ScopeSet::of_kind());
/// assert!(ScopeSet::<GithubCi>::parse("repo:read admin").is_err(), "in excess of the kind");
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
pub struct ScopeSet<K> {
    bits: [u64; WORDS],
    kind: PhantomData<fn() -> K>,
}

impl<K: TokenKind> ScopeSet<K> {
    /// The set of all scopes that the kind carries.
    #[must_use]
    pub fn of_kind() -> Self {
        let mut all = Self::empty();
        for position in 0..K::COMPILED.scopes.len() {
            all.insert(position);
        }
        all
    }

    /// The set that `text` names: scope names separated by single spaces (RFC 6749 section 3.3),
    /// and all scopes that they imply.
    ///
    /// # Errors
    ///
    /// [`ExcessScope`](crate::ErrorKind::ExcessScope) for a scope that the kind does not carry,
    /// [`MalformedScope`](crate::ErrorKind::MalformedScope) for text that is not a list of scopes.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::from_names(text.split(' ').filter(|_| !text.is_empty()))
    }

    /// As [`parse`](Self::parse), but commas may separate the names too. The kind's own scopes win: `pull,push` is one
    /// name if the kind carries a scope of that name.
    pub(crate) fn parse_with_commas(text: &str) -> Result<Self, Error> {
        let is_carried = |name: &str| K::COMPILED.scopes.iter().any(|scope| scope.name == name);
        let names = text.split(' ').flat_map(|name| {
            let is_list = !is_carried(name);
            name.split(move |c| is_list && c == ',')
        });
        Self::from_names(names.filter(|name| !name.is_empty()))
    }

    /// The set of the scopes with these names, and of all scopes that they imply.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut set = Self::empty();
        for (index, name) in names.into_iter().enumerate() {
            let scopes = K::COMPILED.scopes;
            let Some(position) = scopes.iter().position(|scope| scope.name == name) else {
                return Err(refuse(K::COMPILED, name, index + 1).into());
            };
            set.insert(position);
            let implied = scopes.get(position).map_or(&[][..], |scope| scope.implies);
            implied.iter().for_each(|&other| set.insert(other.into()));
        }
        Ok(set)
    }

    /// Whether every scope of `other` is in this set.
    #[inline]
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        let mut beyond = 0;
        for (ours, theirs) in self.bits.iter().zip(&other.bits) {
            beyond |= theirs & !ours;
        }
        beyond == 0
    }

    /// The first scope that the policy lists for the kind and this set lacks.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let mut listed = K::COMPILED.scopes.iter().enumerate().filter(|(_, scope)| scope.listed);
        let missing = listed.find(|&(position, _)| !self.contains(position));
        missing.map(|(_, scope)| scope.name)
    }

    const fn empty() -> Self {
        Self { bits: [0; WORDS], kind: PhantomData }
    }

    fn insert(&mut self, position: usize) {
        if let Some(word) = self.bits.get_mut(position / 64) {
            *word |= 1 << (position % 64);
        }
    }

    fn contains(&self, position: usize) -> bool {
        let word = self.bits.get(position / 64).copied().unwrap_or(0);
        word & (1 << (position % 64)) != 0
    }
}

/// The error for a scope that the kind does not carry. It names the scope only if the policy
/// declares it: any other text came from outside, and might be a token in the wrong field.
#[cold]
fn refuse(kind: &CompiledKind, name: &str, number: usize) -> Refusal {
    if !scope_name::is_valid(name) {
        return Refusal::MalformedScope { kind: kind.name, number };
    }
    let known = kind.known_scopes.iter().find(|known| **known == name);
    Refusal::ExcessScope { kind: kind.name, scope: known.copied(), number }
}

impl<K> Clone for ScopeSet<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for ScopeSet<K> {}

impl<K> PartialEq for ScopeSet<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<K> Eq for ScopeSet<K> {}

impl<K: TokenKind> fmt::Debug for ScopeSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes = K::COMPILED.scopes.iter().enumerate();
        let names = scopes.filter(|&(position, _)| self.contains(position));
        f.debug_set().entries(names.map(|(_, scope)| scope.name)).finish()
    }
}

/// A kind carries at most 256 scopes; token-policy refuses more.
const WORDS: usize = 4;
