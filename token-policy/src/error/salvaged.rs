//! Holds the names that could be read from a refused policy.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Uses;

/// Holds the names in a refused policy, so that a macro can emit their types next to the errors.
///
/// Only names of a valid form are here. Their rules were not checked, so nothing may be permitted because of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    pub(crate) scopes: Vec<SalvagedScope>,
    pub(crate) kinds: Vec<SalvagedKind>,
}

impl Salvaged {
    /// Returns the declared scopes, sorted by name.
    pub fn scopes(&self) -> &[SalvagedScope] {
        &self.scopes
    }

    /// Returns the token kinds, sorted by name.
    pub fn kinds(&self) -> &[SalvagedKind] {
        &self.kinds
    }
}

/// A scope in a refused policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalvagedScope {
    pub(crate) name: String,
    pub(crate) rust_type: Option<String>,
}

impl SalvagedScope {
    /// Returns the scope's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the path of the scope's Rust type, or `None` if it has no type or the path has no valid form.
    pub fn rust_type(&self) -> Option<&str> {
        self.rust_type.as_deref()
    }
}

/// A token kind in a refused policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalvagedKind {
    pub(crate) name: String,
    pub(crate) uses: Uses,
}

impl SalvagedKind {
    /// Returns the kind's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how often a token of the kind may be used: [`Uses::Many`] if `uses` is missing or invalid.
    pub fn uses(&self) -> Uses {
        self.uses
    }
}
