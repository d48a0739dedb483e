//! Generates the code of `policy!` for one token kind.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use token_policy::{KindRule, Policy, ScopeRule};

use super::{CompiledKind, Digests, docs, marker};
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
        rotate: rule.rotate(),
        leeway: rule.leeway(),
        audience: rule.audience(),
        uses: rule.uses(),
        format: rule.format().map(|prefix| *prefix.value()),
        source: rule.source(),
        store: rule.store(),
        digests: Some(Digests { policy: policy.digest(), own: rule.digest() }),
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
///
/// At run time a scope is its issuer's name. Several of the policy's scopes may have one name; what implies one of them
/// implies all of them.
fn scopes(rule: &KindRule, policy: &Policy, private: &TokenStream) -> TokenStream {
    let name_of = |scope| policy.scope(scope).map_or(scope, ScopeRule::issuer_name);
    let closure: Vec<&str> = rule.closure().iter().map(|scope| name_of(scope)).collect();
    let scopes = rule.closure().iter().zip(&closure).map(|(scope, name)| {
        let listed = rule.scopes().contains(scope);
        let implied = policy.scope(scope).map(ScopeRule::implies).unwrap_or_default();
        let implied: Vec<&str> = implied.iter().map(|scope| name_of(scope)).collect();
        let positions = closure.iter().enumerate().filter(|(_, name)| implied.contains(name));
        let positions = positions.map(|(position, _)| Literal::usize_unsuffixed(position));
        quote!(#private::scope(#name, #listed, &[#(#positions),*]))
    });
    quote!(#(#scopes),*)
}
