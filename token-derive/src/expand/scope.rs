//! What `#[derive(Scope)]` writes, and `policy!` for each scope of its own.

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::CratePath;

/// `impl Scope`
pub(crate) fn scope_impl(ty: &TokenStream, name: &str, krate: &CratePath) -> TokenStream {
    let private = krate.private();
    quote! {
        #[automatically_derived]
        impl #krate::Scope for #ty {
            const NAME: &'static #private::str = #name;
        }
    }
}
