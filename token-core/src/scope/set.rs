//! Scope sets at run time: what one grant says, checked against its kind.

use core::{fmt, marker::PhantomData};

use token_policy::scope_name;

use super::{Bits, CompiledKind, TokenKind};
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
    pub(crate) bits: Bits,
    kind: PhantomData<fn(K) -> K>,
}

impl<K: TokenKind> ScopeSet<K> {
    /// The set of all scopes that the kind carries.
    #[must_use]
    pub fn of_kind() -> Self {
        Self::of(Bits::of_kind(K::COMPILED))
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
        closure(K::COMPILED, names).map(Self::of)
    }

    /// Whether every scope of `other` is in this set.
    #[inline]
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        self.bits.is_superset(&other.bits)
    }

    /// The first scope that the policy lists for the kind and this set lacks.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let mut listed = K::COMPILED.scopes.iter().enumerate().filter(|(_, scope)| scope.listed);
        let missing = listed.find(|&(position, _)| !self.bits.contains(position));
        missing.map(|(_, scope)| scope.name)
    }

    pub(crate) const fn of(bits: Bits) -> Self {
        Self { bits, kind: PhantomData }
    }
}

/// The scopes with these names, and all that they imply.
pub(super) fn closure<'a>(
    kind: &CompiledKind,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Bits, Error> {
    let mut bits = Bits::EMPTY;
    for (index, name) in names.into_iter().enumerate() {
        // Several types may stand for one scope of the issuer.
        let named = kind.scopes.iter().enumerate().filter(|(_, scope)| scope.name == name);
        let number = named.map(|(position, _)| bits.insert_closure(kind, position)).count();
        if number == 0 {
            return Err(refuse(kind, name, index + 1).into());
        }
    }
    Ok(bits)
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
        f.debug_set().entries(self.bits.names(K::COMPILED)).finish()
    }
}
