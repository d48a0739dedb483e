//! Generates the source that the program was built from: what the variable `TOKEN_BUILD_SOURCE` said.
//!
//! The compiler reads the variable, and not this crate, so cargo knows that the user's crate depends on it.

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::CratePath;

/// Generates the constant for `mod scope`, beside the names of all scopes. `POLICY` and all kinds share it.
pub(super) fn constant(krate: &CratePath) -> TokenStream {
    let private = krate.private();
    quote! {
        pub(super) const __BUILT_FROM: #private::Option<#private::SourceDigest> =
            #private::built_from(#private::option_env!(#VARIABLE));
    }
}

/// Generates the check of the variable's text. It stands alone, so that a wrong text is one error.
pub(super) fn check(krate: &CratePath) -> TokenStream {
    let private = krate.private();
    quote! {
        const _: () = #private::assert!(#private::is_built_from(#private::option_env!(#VARIABLE)), #WRONG);
    }
}

pub(super) const VARIABLE: &str = "TOKEN_BUILD_SOURCE";
const WRONG: &str = "the environment variable `TOKEN_BUILD_SOURCE` is not the digest of a source: `git:` and 40 or 64 \
    lowercase hexadecimal digits, or `sha256:` and 64\n  \
    help: set it to what `tokenctl source-id` prints, or unset it: then the source is unknown";
