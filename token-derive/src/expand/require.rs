//! What `#[derive(RequireScopes)]` writes: as little as possible, since a service has many operations.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, GenericParam, Generics, LitStr, Path, Token, Type, spanned::Spanned};

use super::held::{mentions, written};
use crate::attr::{CratePath, Require};

/// Two `impl`s. The checks of held tokens stand inside the first: they cost no
/// further item, and they see the struct's own bounds.
pub(super) fn expand(input: &DeriveInput, required: &Require, held: &[&Type]) -> TokenStream {
    let Require { scopes, krate, .. } = required;
    let ident = &input.ident;
    let (generics, of_type, bounds) = input.generics.split_for_impl();
    let mut list = Group::new(Delimiter::Parenthesis, quote!(#(#scopes,)*));
    list.set_span(required.list);
    let permitted = permitted(input, required);
    let checks = (!held.is_empty()).then(|| checks(held, required));
    let lifetimes = held.iter().map(|kind| lives_at_most(kind, required));
    quote! {
        #[automatically_derived]
        impl #generics #krate::RequireScopes for #ident #of_type #bounds {
            type Scopes = #list;
            #checks
        }
        #permitted
        #(#lifetimes)*
    }
}

/// `impl PermittedBy` for every kind that grants all the scopes.
///
/// Trait and bounds stand at the user's words, not at `derive`: rustc then
/// shows which scope is in the way, and does not advise to write the `impl` by hand.
fn permitted(input: &DeriveInput, required: &Require) -> TokenStream {
    let Require { scopes, krate, .. } = required;
    let ident = &input.ident;
    let kind = kind_parameter(&input.generics, scopes);
    let params = input.generics.params.iter().map(Declared);
    let (_, of_type, _) = input.generics.split_for_impl();
    let bounds = input.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let grants = scopes.iter().map(|scope| Granted { scope, krate });
    let krate = krate.at(ident.span());
    let permitted_by = quote_spanned!(ident.span()=> #krate::PermittedBy<#kind>);
    quote! {
        #[automatically_derived]
        impl<#(#params,)* #kind> #permitted_by for #ident #of_type
        where #(#bounds,)* #kind: #(#grants)+* {}
    }
}

/// A parameter as an `impl` declares it: without its default.
struct Declared<'g>(&'g GenericParam);

impl ToTokens for Declared<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.0 {
            GenericParam::Lifetime(param) => param.to_tokens(tokens),
            GenericParam::Type(param) => {
                let (ident, colon, bounds) = (&param.ident, &param.colon_token, &param.bounds);
                tokens.extend(quote!(#ident #colon #bounds));
            }
            GenericParam::Const(param) => {
                let (ident, ty) = (&param.ident, &param.ty);
                tokens.extend(quote!(const #ident: #ty));
            }
        }
    }
}

/// `Grants<scope>`, with the scope's first and last word as its ends, so that a label underlines the scope.
struct Granted<'r> {
    scope: &'r Path,
    krate: &'r CratePath,
}

impl ToTokens for Granted<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { scope, krate } = self;
        let first = scope.span();
        let last = scope.segments.last().map_or(first, |segment| segment.ident.span());
        krate.at(first).to_tokens(tokens);
        Token![::]([first; 2]).to_tokens(tokens);
        Ident::new("Grants", first).to_tokens(tokens);
        Token![<](first).to_tokens(tokens);
        scope.to_tokens(tokens);
        Token![>](last).to_tokens(tokens);
    }
}

/// A name for our type parameter that nothing of the user's has.
fn kind_parameter(generics: &Generics, scopes: &[Path]) -> Ident {
    let mut name = String::from("__K");
    let words = scopes.iter().flat_map(|scope| &scope.segments);
    // Only a name like ours is worth a closer look.
    if !generics.params.is_empty()
        || words.clone().any(|word| !word.arguments.is_none() || word.ident == name)
    {
        let (params, bounds) = (&generics.params, &generics.where_clause);
        let users = quote!(#params #bounds #(#scopes)*);
        while mentions(users.clone(), &|word| word == name) {
            name.push('_');
        }
    }
    Ident::new(&name, Span::call_site())
}

/// The checks that held tokens' kinds grant every scope: an error is under the user's own word for the kind.
fn checks(held: &[&Type], required: &Require) -> TokenStream {
    let Require { scopes, krate, .. } = required;
    let checks = held.iter().map(|kind| quote!(#(#krate::__private::grants::<#kind, #scopes>();)*));
    quote!(const HELD: () = { #(#checks)* };)
}

/// The check that a held token lives no longer than the operation allows.
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
