//! Implements the macros. Each parses and validates its input, then generates its items, or a fallback beside errors.

#[cfg(feature = "policy")]
mod policy;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr};

#[cfg(feature = "policy")]
pub(crate) use policy::policy;

use crate::{
    attr::{Require, ScopeAttr, TokenKindAttr},
    expand, fallback,
    mistakes::Mistakes,
};

/// Implements `#[derive(RequireScopes)]`.
pub(crate) fn require(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let required = Require::parse(input, &mut mistakes);
    let held = expand::held_kinds(input, &required, &mut mistakes);
    if mistakes.is_empty() {
        return expand::require(input, &required, &held);
    }
    let fallback = fallback::operation(input, &required.krate);
    let errors = mistakes.into_compile_errors();
    quote!(#errors #fallback)
}

/// Implements `#[derive(Scope)]`.
pub(crate) fn scope(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let attr = ScopeAttr::parse(input, &mut mistakes);
    if !is_plain(input, "scope", &mut mistakes) {
        return mistakes.into_compile_errors();
    }
    let ident = &input.ident;
    let name = attr.name.as_ref().map(LitStr::value).unwrap_or_default();
    let errors = mistakes.into_compile_errors();
    let scope = expand::scope_impl(&quote!(#ident), &name, &attr.krate);
    quote!(#errors #scope)
}

/// Implements `#[derive(TokenKind)]`.
pub(crate) fn token_kind(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let attr = TokenKindAttr::parse(input, &mut mistakes);
    if !is_plain(input, "token kind", &mut mistakes) {
        return mistakes.into_compile_errors();
    }
    let ident = &input.ident;
    if mistakes.is_empty() {
        return expand::token_kind(ident, &attr);
    }
    let fallback = fallback::kind(&quote!(#ident), "", attr.uses.unwrap_or_default(), &attr.krate);
    let errors = mistakes.into_compile_errors();
    quote!(#errors #fallback)
}

/// Returns whether the type has no generic parameters, and so is one scope or kind and not a family of them. Reports
/// one that has.
fn is_plain(input: &DeriveInput, what: &str, mistakes: &mut Mistakes) -> bool {
    let is_plain = input.generics.params.is_empty();
    if !is_plain {
        mistakes.at(
            &input.generics,
            format_args!("a {what} is one type: it has no generic parameters"),
        );
    }
    is_plain
}
