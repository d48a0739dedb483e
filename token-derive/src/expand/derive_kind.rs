//! Generates the code of `#[derive(TokenKind)]`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::LitStr;

use super::CompiledKind;
use crate::attr::TokenKindAttr;

/// Generates the rules of a kind and its grants. The code reads the names of scopes from their types, so they cannot
/// differ.
pub(crate) fn expand(ident: &Ident, attr: &TokenKindAttr) -> TokenStream {
    let krate = &attr.krate;
    let private = krate.private();
    let scopes = attr.scopes.as_deref().unwrap_or_default();
    let name = text(&attr.name).unwrap_or_default();
    let compiled = CompiledKind {
        name: &name,
        owner: text(&attr.owner).as_deref(),
        scopes: quote! {
            #(#private::scope(<#scopes as #krate::Scope>::NAME, true, &[])),*
        },
        known_scopes: quote!(&[#(<#scopes as #krate::Scope>::NAME),*]),
        max_lifetime: Some(attr.max_lifetime.unwrap_or_default()),
        rotate: None,
        leeway: attr.leeway.unwrap_or_default(),
        audience: text(&attr.audience).as_deref(),
        uses: attr.uses.unwrap_or_default(),
        format: attr.format,
        source: None,
        store: None,
        digests: None,
    }
    .implement(&quote!(#ident), krate);
    quote! {
        #compiled
        #(
            #[automatically_derived]
            impl #krate::Grants<#scopes> for #ident {}
        )*
    }
}

fn text(literal: &Option<LitStr>) -> Option<String> {
    literal.as_ref().map(LitStr::value)
}
