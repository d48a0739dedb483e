//! Generates the code of `policy!` for one token kind.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use token_policy::{KindRule, Policy, ScopeRule};

use super::{CompiledKind, docs, marker};
use crate::{
    attr::CratePath,
    check::{Kind, scope_ident},
    policy::PolicyFile,
};

/// Generates the kind's type, inside `mod kind`.
pub(super) fn ty(kind: &Kind<'_>, file: &str) -> TokenStream {
    marker(&kind.ident, &docs::kind(kind, file))
}

/// Generates the kind's rules, and one `impl Grants` for each scope in its closure.
pub(super) fn implement(
    kind: &Kind<'_>,
    policy: &Policy,
    file: &PolicyFile,
    krate: &CratePath,
) -> TokenStream {
    let Kind { rule, ident } = kind;
    let compiled = CompiledKind {
        name: rule.name(),
        owner: rule.owner(),
        scopes: scopes(rule, policy, &krate.private()),
        known_scopes: quote!(scope::__KNOWN),
        max_lifetime: rule.max_lifetime(),
        leeway: rule.leeway(),
        audience: rule.audience(),
        uses: rule.uses(),
        format: rule.format().map(|prefix| *prefix.value()),
        source: rule.source(),
        policy: Some(policy.digest().as_bytes()),
    }
    .implement(&quote!(kind::#ident), krate);
    let granted = rule.closure().iter().map(|scope| scope_ident(scope, file.span()));
    quote! {
        #compiled
        #(
            #[automatically_derived]
            impl #krate::Grants<scope::#granted> for kind::#ident {}
        )*
    }
}

/// Generates the scopes of the closure. They keep its order, since `implies` names a scope by its index in the closure.
fn scopes(rule: &KindRule, policy: &Policy, private: &TokenStream) -> TokenStream {
    let closure = rule.closure();
    let scopes = closure.iter().map(|scope| {
        let listed = rule.scopes().contains(scope);
        let implied = policy.scope(scope).map(ScopeRule::implies).unwrap_or_default();
        let positions =
            implied.iter().filter_map(|other| closure.iter().position(|scope| scope == other));
        let positions = positions.map(Literal::usize_unsuffixed);
        quote!(#private::scope(#scope, #listed, &[#(#positions),*]))
    });
    quote!(#(#scopes),*)
}
