//! Generates the code of `#[derive(RequireScopes)]`. It is as little as possible, since a service has many operations.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{DeriveInput, LitStr, Type, spanned::Spanned};

use super::held::written;
use crate::attr::Require;

/// Generates one `impl`. The checks of held tokens stand inside it, where they need no further item and can use the
/// struct's own bounds.
pub(crate) fn expand(input: &DeriveInput, required: &Require, held: &[&Type]) -> TokenStream {
    let Require { scopes, krate, .. } = required;
    let ident = &input.ident;
    let (generics, of_type, bounds) = input.generics.split_for_impl();
    let mut list = Group::new(Delimiter::Parenthesis, quote!(#(#scopes,)*));
    list.set_span(required.list);
    let checks = (!held.is_empty()).then(|| checks(held, required));
    let lifetimes = held.iter().map(|kind| lives_at_most(kind, required));
    quote! {
        #[automatically_derived]
        impl #generics #krate::RequireScopes for #ident #of_type #bounds {
            type Scopes = #list;
            #checks
        }
        #(#lifetimes)*
    }
}

/// Generates the checks that the kinds of held tokens grant every scope. An error points at the kind in the user's
/// code.
fn checks(held: &[&Type], required: &Require) -> TokenStream {
    let Require { scopes, krate, .. } = required;
    let checks = held.iter().map(|kind| quote!(#(#krate::__private::grants::<#kind, #scopes>();)*));
    quote!(const HELD: () = { #(#checks)* };)
}

/// Generates the check that a held token lives no longer than the operation allows. Returns `None` if the operation
/// sets no limit.
fn lives_at_most(kind: &Type, required: &Require) -> Option<TokenStream> {
    let wanted = required.max_lifetime.as_ref()?;
    let at_kind = Span::call_site().located_at(kind.span());
    let krate = required.krate.at(at_kind);
    let (secs, lifetime) = (wanted.lifetime.as_secs(), wanted.lifetime);
    let message = format!(
        "a token of kind `{}` may live longer than {lifetime}: lower the kind's `max_lifetime` in the token policy, \
         or raise it in `#[require(...)]`",
        written(kind),
    );
    let message = LitStr::new(&message.replace('{', "{{").replace('}', "}}"), at_kind);
    Some(quote_spanned! {at_kind=>
        const _: () = #krate::__private::assert!(#krate::__private::lives_at_most::<#kind>(#secs), #message);
    })
}
