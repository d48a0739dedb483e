//! Collects the names in a policy that was refused.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use toml::de::{DeTable, DeValue};

use super::kind::USES;
use super::scope::is_rust_path;
use crate::error::{Salvaged, SalvagedKind, SalvagedScope};
use crate::limits::{MAX_KINDS, MAX_SCOPES};
use crate::{kind_name, scope_name};

/// Returns every name of a scope or kind that has a valid form, whatever else is wrong in the file.
pub(super) fn names(root: &DeTable<'_>) -> Salvaged {
    let scopes = entries(root, "scopes").filter(|(name, _)| scope_name::is_valid(name));
    let kinds = entries(root, "tokens").filter(|(name, _)| kind_name::is_valid(name));
    let mut scopes: Vec<_> =
        scopes.map(|(name, value)| scope(name, value)).take(MAX_SCOPES).collect();
    let mut kinds: Vec<_> = kinds.map(|(name, value)| kind(name, value)).take(MAX_KINDS).collect();
    scopes.sort_by(|a, b| a.name.cmp(&b.name));
    kinds.sort_by(|a, b| a.name.cmp(&b.name));
    Salvaged { scopes, kinds }
}

fn entries<'d>(
    root: &'d DeTable<'_>,
    key: &str,
) -> impl Iterator<Item = (&'d str, &'d DeValue<'d>)> {
    let table = root.get(key).and_then(|value| value.get_ref().as_table());
    table.into_iter().flatten().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()))
}

fn scope(name: &str, value: &DeValue<'_>) -> SalvagedScope {
    let path = text(value, "type").filter(|path| is_rust_path(path));
    SalvagedScope { name: name.to_owned(), rust_type: path.map(String::from) }
}

fn kind(name: &str, value: &DeValue<'_>) -> SalvagedKind {
    let uses = text(value, "uses").and_then(|word| USES.iter().find(|(known, _)| *known == word));
    SalvagedKind { name: name.to_owned(), uses: uses.map(|(_, uses)| *uses).unwrap_or_default() }
}

fn text<'d>(value: &'d DeValue<'_>, key: &str) -> Option<&'d str> {
    value.as_table()?.get(key)?.get_ref().as_str()
}
