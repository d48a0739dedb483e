//! Generates `impl TokenKind`, which has the rules of a kind as a constant.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use token_policy::{Lifetime, PolicyDigest, ReadableBy, Rotate, Source, Uses, format::Prefix};

use crate::attr::CratePath;

/// The rules of a kind, from which a constant of type `CompiledKind` is generated.
#[derive(Default)]
pub(crate) struct CompiledKind<'a> {
    pub(crate) name: &'a str,
    pub(crate) owner: Option<&'a str>,
    /// The tokens of the kind's `CompiledScope`s, with commas between them.
    pub(crate) scopes: TokenStream,
    /// The tokens of a slice of names, or no tokens for an empty slice.
    pub(crate) known_scopes: TokenStream,
    /// `None` if tokens need not expire.
    pub(crate) max_lifetime: Option<Lifetime>,
    pub(crate) rotate: Option<&'a Rotate>,
    pub(crate) leeway: Lifetime,
    pub(crate) audience: Option<&'a str>,
    pub(crate) uses: Uses,
    pub(crate) format: Option<Prefix>,
    pub(crate) source: Option<&'a Source>,
    /// Where a refresh token is kept.
    pub(crate) store: Option<&'a str>,
    /// `None` if there is no policy file.
    pub(crate) digests: Option<Digests>,
}

/// The digests of a kind that a policy file declares.
#[derive(Clone, Copy)]
pub(crate) struct Digests {
    /// Of the whole policy.
    pub(crate) policy: PolicyDigest,
    /// Of what it says about the kind.
    pub(crate) own: PolicyDigest,
}

impl CompiledKind<'_> {
    /// Generates `impl TokenKind` and `impl Authorizes`. Generates `impl Reusable` too, unless a token of the kind may be used only once.
    pub(crate) fn implement(&self, ty: &TokenStream, krate: &CratePath) -> TokenStream {
        let private = krate.private();
        let compiled = self.constant(ty, &private);
        let reusable = matches!(self.uses, Uses::Many).then(|| {
            quote! {
                #[automatically_derived]
                impl #krate::Reusable for #ty {}
            }
        });
        quote! {
            #[automatically_derived]
            impl #krate::TokenKind for #ty {
                const COMPILED: &'static #private::CompiledKind = &#compiled;
            }
            #reusable
            #[automatically_derived]
            impl<__Op: #krate::PermittedBy<#ty> + ?#private::Sized> #krate::Authorizes<__Op> for #ty {}
        }
    }

    fn constant(&self, ty: &TokenStream, private: &TokenStream) -> TokenStream {
        let Self { name, scopes, known_scopes, .. } = self;
        let owner = option(self.owner, private);
        let audience = option(self.audience, private);
        let format = option(self.format.map(|prefix| compiled_prefix(prefix, private)), private);
        let source = option(self.source.map(|source| compiled_source(source, private)), private);
        let max_lifetime = option(self.max_lifetime.map(|time| lifetime(time, private)), private);
        let rotate = option(self.rotate.map(|rotate| compiled_rotate(rotate, private)), private);
        let leeway = lifetime(self.leeway, private);
        let known_scopes = if known_scopes.is_empty() { quote!(&[]) } else { known_scopes.clone() };
        let uses = match self.uses {
            Uses::Many => quote!(Many),
            Uses::Once => quote!(Once),
        };
        let kind = quote! {
            #private::kind(
                #name,
                #owner,
                &[#scopes],
                #known_scopes,
                #max_lifetime,
                #rotate,
                #leeway,
                #audience,
                #private::Uses::#uses,
                #format,
                #source,
                #private::TypeId::of::<#ty>,
            )
        };
        let kind = match self.store {
            Some(store) => quote!(#private::stored(&#kind, #store)),
            None => kind,
        };
        match self.digests {
            Some(Digests { policy, own }) => {
                let [policy, own] = [policy, own].map(|bytes| digest(bytes, private));
                quote!(#private::declared(&#kind, #policy, #own, scope::__BUILT_FROM))
            }
            None => kind,
        }
    }
}

/// Generates an expression for a policy digest.
pub(super) fn digest(digest: PolicyDigest, private: &TokenStream) -> TokenStream {
    let bytes = Literal::byte_string(digest.as_bytes());
    quote!(#private::PolicyDigest::from_bytes(*#bytes))
}

fn lifetime(lifetime: Lifetime, private: &TokenStream) -> TokenStream {
    let secs = lifetime.as_secs();
    quote!(#private::Duration::from_secs(#secs))
}

fn compiled_rotate(rotate: &Rotate, private: &TokenStream) -> TokenStream {
    let (way, time) = match rotate {
        Rotate::ByAge { after, .. } => (quote!(by_age), *after),
        Rotate::BeforeExpiry { before_expiry, .. } => (quote!(before_expiry), *before_expiry),
    };
    let [time, overlap] = [time, rotate.overlap()].map(|time| lifetime(time, private));
    quote!(#private::#way(#time, #overlap))
}

fn compiled_prefix(prefix: Prefix, private: &TokenStream) -> TokenStream {
    let name = prefix.name();
    quote!(#private::prefix(#name))
}

fn option(value: Option<impl ToTokens>, private: &TokenStream) -> TokenStream {
    match value {
        Some(value) => quote!(#private::Option::Some(#value)),
        None => quote!(#private::Option::None),
    }
}

fn compiled_source(source: &Source, private: &TokenStream) -> TokenStream {
    match source {
        Source::Command { argv, timeout } => {
            let timeout = lifetime(*timeout, private);
            quote!(#private::command(&[#(#argv),*], #timeout))
        }
        Source::Credential { name } => quote!(#private::credential(#name)),
        Source::Env { name } => quote!(#private::env(#name)),
        Source::File { path, readable_by } => {
            let who = readers(*readable_by);
            quote!(#private::file(#path, #private::ReadableBy::#who))
        }
        // Only a token-policy that is newer than this crate has other sources. The generated code then does not
        // compile, and says so.
        _ => quote!(#private::source_unknown_to_this_version_of_token_derive()),
    }
}

fn readers(readable_by: ReadableBy) -> TokenStream {
    match readable_by {
        ReadableBy::Owner => quote!(Owner),
        ReadableBy::Group => quote!(Group),
        ReadableBy::Everyone => quote!(Everyone),
    }
}
