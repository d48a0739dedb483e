//! Generates the code of `#[derive(Scope)]`, and that of `policy!` for each scope whose type it makes.

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::CratePath;

/// Generates `impl Scope`.
pub(crate) fn scope_impl(ty: &TokenStream, name: &str, krate: &CratePath) -> TokenStream {
    let private = krate.private();
    quote! {
        #[automatically_derived]
        impl #krate::Scope for #ty {
            const NAME: &'static #private::str = #name;
        }
    }
}
