//! Generates items beside errors, so that code which uses the items gives no further error.
//!
//! The items permit everything. The program does not compile anyway, and a missing permission would be a second error
//! for the same mistake.

#[cfg(feature = "policy")]
mod policy;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;
use token_policy::Uses;

#[cfg(feature = "policy")]
pub(crate) use policy::{Names, policy};

use crate::{attr::CratePath, expand::CompiledKind};

/// Generates a token kind that grants every scope.
pub(crate) fn kind(ty: &TokenStream, name: &str, uses: Uses, krate: &CratePath) -> TokenStream {
    let compiled = CompiledKind { name, uses, ..CompiledKind::default() }.implement(ty, krate);
    quote! {
        #compiled
        #[automatically_derived]
        impl<__S: #krate::Scope> #krate::Grants<__S> for #ty {}
    }
}

/// Generates an operation that every token permits.
pub(crate) fn operation(input: &DeriveInput, krate: &CratePath) -> TokenStream {
    let ident = &input.ident;
    let (generics, of_type, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics #krate::RequireScopes for #ident #of_type #bounds {
            type Scopes = #krate::__private::NoScopes;
        }
    }
}
