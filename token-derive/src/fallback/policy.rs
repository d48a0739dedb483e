//! Generates the items of a policy that was refused.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Path;
use token_policy::{Policy, PolicyDigest, Salvaged, Uses};

use super::kind;
use crate::{
    attr::CratePath,
    check::{kind_ident, scope_ident, type_path},
    expand,
};

/// Holds the names of a policy that was refused. Of two names that give the same type, it keeps only the last.
#[derive(Default)]
pub(crate) struct Names {
    scopes: BTreeMap<Ident, (String, Option<Path>)>,
    kinds: BTreeMap<Ident, (String, Uses)>,
}

impl Names {
    pub(crate) fn of_policy(policy: &Policy, span: Span) -> Self {
        let mut names = Self::default();
        for scope in policy.scopes() {
            names.scope(scope.name(), scope.rust_type().map(|path| path.value().as_str()), span);
        }
        for kind in policy.kinds() {
            names.kind(kind.name(), kind.uses(), span);
        }
        names
    }

    pub(crate) fn salvaged(salvaged: &Salvaged, span: Span) -> Self {
        let mut names = Self::default();
        for scope in salvaged.scopes() {
            names.scope(scope.name(), scope.rust_type(), span);
        }
        for kind in salvaged.kinds() {
            names.kind(kind.name(), kind.uses(), span);
        }
        names
    }

    fn scope(&mut self, name: &str, rust_type: Option<&str>, span: Span) {
        let path = rust_type.and_then(|path| type_path(path, span).ok());
        self.scopes.insert(scope_ident(name, span), (name.to_owned(), path));
    }

    fn kind(&mut self, name: &str, uses: Uses, span: Span) {
        self.kinds.insert(kind_ident(name, span), (name.to_owned(), uses));
    }
}

/// Generates `mod scope`, `mod kind` and `POLICY`.
pub(crate) fn policy(file: &str, names: &Names, krate: &CratePath) -> TokenStream {
    let types = names
        .scopes
        .iter()
        .map(|(ident, (_, path))| expand::scope_type(ident, path.as_ref(), "A scope."));
    let own = names.scopes.iter().filter(|(_, (_, path))| path.is_none());
    let scope_impls =
        own.map(|(ident, (name, _))| expand::scope_impl(&quote!(scope::#ident), name, krate));
    let kinds: Vec<_> = names.kinds.keys().collect();
    let kind_impls = names
        .kinds
        .iter()
        .map(|(ident, (name, uses))| kind(&quote!(kind::#ident), name, *uses, krate));
    let kind_types = kinds.iter().map(|ident| expand::marker(ident, "A token kind."));
    let modules = expand::modules(&quote!(#(#types)*), &quote!(#(#kind_types)*));
    let (nothing, private) = (PolicyDigest::from_bytes([0; 32]), krate.private());
    let unknown = quote!(#private::Option::None);
    let kinds = kinds.iter().copied();
    let constant = expand::policy_constant(file, nothing, &unknown, kinds, &quote!(&[]), krate);
    quote!(#modules #(#scope_impls)* #(#kind_impls)* #constant)
}
