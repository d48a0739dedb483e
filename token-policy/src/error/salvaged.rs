//! What could be read of a policy that was refused.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Uses;

/// The names in a refused policy, so that a macro can emit their types next to the errors.
///
/// Only names of the right form are here. What their rules say was not checked, and nothing may be permitted by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    pub(crate) scopes: Vec<SalvagedScope>,
    pub(crate) kinds: Vec<SalvagedKind>,
}

impl Salvaged {
    /// The declared scopes, sorted by name.
    pub fn scopes(&self) -> &[SalvagedScope] {
        &self.scopes
    }

    /// The token kinds, sorted by name.
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
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of its Rust type, if it has one and it has the form of a path.
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
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How often one of its tokens may be used; [`Uses::Many`] unless it legibly says otherwise.
    pub fn uses(&self) -> Uses {
        self.uses
    }
}
