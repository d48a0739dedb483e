//! Generates the items of `policy!`: `mod scope`, `mod kind`, `POLICY`, and the guard that compares the policy file.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::{LitStr, Path};
use token_policy::{Policy, PolicyDigest};

use super::{built_from, compiled::digest, docs, environment, kind, note::note, scope_impl};
use crate::{
    attr::CratePath,
    check::{Checked, Scope},
    policy::PolicyFile,
};

/// Generates the items of a policy without mistakes.
pub(crate) fn policy(
    checked: &Checked<'_>,
    policy: &Policy,
    file: &PolicyFile,
    krate: &CratePath,
) -> TokenStream {
    let name = file.literal.value();
    let scope_types = checked.scopes.iter().map(|scope| {
        let docs = docs::scope(scope, &name);
        scope_type(&scope.ident, scope.rust_type.as_ref(), &docs)
    });
    let known = known_scopes(&checked.scopes, krate);
    let kind_types = checked.kinds.iter().map(|kind| kind::ty(kind, &name));
    let built_from = built_from::constant(krate);
    let modules = modules(&quote!(#(#scope_types)* #known #built_from), &quote!(#(#kind_types)*));
    let scope_impls = checked.scopes.iter().map(|scope| implement(scope, file, krate));
    let kind_impls = checked.kinds.iter().map(|kind| kind::implement(kind, policy, file, krate));
    let kinds = checked.kinds.iter().map(|kind| &kind.ident);
    let environments = environment::all(checked, policy, krate);
    let built_from = quote!(scope::__BUILT_FROM);
    let constant =
        policy_constant(&name, policy.digest(), &built_from, kinds, &environments, krate);
    let guard = guard(file, krate);
    let built_from = built_from::check(krate);
    let note = note(policy, &name, krate);
    quote!(#guard #built_from #modules #(#scope_impls)* #(#kind_impls)* #constant #note)
}

/// Generates the two modules. They contain only types: if `policy!` is called in a function, an `impl` inside one
/// module could not name the types of the other.
pub(crate) fn modules(scopes: &TokenStream, kinds: &TokenStream) -> TokenStream {
    quote! {
        /// The scopes of the token policy.
        pub mod scope { #scopes }
        /// The token kinds of the token policy.
        pub mod kind { #kinds }
    }
}

/// Generates a scope's type, or an alias that gives the type of another crate the policy's name.
pub(crate) fn scope_type(ident: &Ident, rust_type: Option<&Path>, docs: &str) -> TokenStream {
    match rust_type {
        Some(path) => quote!(#[doc = #docs] pub type #ident = #path;),
        None => marker(ident, docs),
    }
}

/// Generates the type of a scope or kind. It is a struct, and no enum without variants, so that somebody who takes it
/// for an operation reads what an operation is, and not that an enum is no value.
pub(crate) fn marker(ident: &Ident, docs: &str) -> TokenStream {
    quote!(#[doc = #docs] #[non_exhaustive] pub struct #ident;)
}

/// Generates `const POLICY`.
pub(crate) fn policy_constant<'a>(
    file: &str,
    of: PolicyDigest,
    built_from: &TokenStream,
    kinds: impl Iterator<Item = &'a Ident>,
    environments: &TokenStream,
    krate: &CratePath,
) -> TokenStream {
    let private = krate.private();
    let docs = docs::policy(file);
    let digest = digest(of, &private);
    quote! {
        #[doc = #docs]
        pub const POLICY: #private::CompiledPolicy = #private::policy(
            #file,
            #digest,
            #built_from,
            &[#(<kind::#kinds as #krate::TokenKind>::COMPILED),*],
            #environments,
        );
    }
}

/// Generates the `impl Scope` of a scope. For the type of another crate, generates the check that the type has the
/// scope's name instead.
fn implement(scope: &Scope<'_>, file: &PolicyFile, krate: &CratePath) -> TokenStream {
    let Scope { rule, ident, .. } = scope;
    let name = rule.issuer_name();
    let Some(written) = rule.rust_type() else {
        return scope_impl(&quote!(scope::#ident), name, krate);
    };
    let private = krate.private();
    let message = format!(
        "{}:{}: `{}` is not the scope `{name}`: its name is another one",
        file.literal.value(),
        written.position(),
        written.value()
    );
    let message = LitStr::new(&message.replace('{', "{{").replace('}', "}}"), file.span());
    quote!(const _: () = #private::assert!(#private::is_named::<scope::#ident>(#name), #message);)
}

/// Generates the constant with the names of all scopes, which errors may print. All kinds share it.
fn known_scopes(scopes: &[Scope<'_>], krate: &CratePath) -> TokenStream {
    let private = krate.private();
    let names = scopes.iter().map(|scope| scope.rule.issuer_name());
    quote!(pub(super) const __KNOWN: &'static [&'static #private::str] = &[#(#names),*];)
}

/// Generates code that makes the compiler track the policy file, and that checks whether this file is the one which the
/// macro read. The two may differ: if the literal stands in a `macro_rules!` of another file, the macro looks beside
/// that file, but `include_bytes!` looks beside the caller's file.
fn guard(file: &PolicyFile, krate: &CratePath) -> TokenStream {
    let private = krate.private();
    let literal = &file.literal;
    let read = Literal::byte_string(file.text.as_bytes());
    let message = "the policy file that `policy!` read is not the one beside this file: \
                   call `policy!` itself here, rather than a macro of another file that calls it";
    quote! {
        const _: () = #private::assert!(#private::same(#private::include_bytes!(#literal), #read), #message);
    }
}
