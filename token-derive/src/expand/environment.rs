//! Generates the environments of a policy, with a slot for each kind that is used there.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use token_policy::{AssuranceLevel, EnvironmentRule, KindRule, Policy, ScopesDigest};

use crate::{attr::CratePath, check::Checked};

/// Generates a slice of all environments.
pub(super) fn all(checked: &Checked<'_>, policy: &Policy, krate: &CratePath) -> TokenStream {
    let environments = policy.environments().iter().map(|rule| one(rule, checked, krate));
    // A block of its own, since what a function returns lives on only at the end of a constant.
    quote!(const { &[#(#environments),*] })
}

fn one(rule: &EnvironmentRule, checked: &Checked<'_>, krate: &CratePath) -> TokenStream {
    let private = krate.private();
    let (name, release, strict) = (rule.name(), rule.is_release(), rule.is_strict());
    let assurance = match rule.assurance() {
        AssuranceLevel::Asserted => quote!(ASSERTED),
        AssuranceLevel::PlatformAttested => quote!(PLATFORM_ATTESTED),
        AssuranceLevel::HardwareAttested => quote!(HARDWARE_ATTESTED),
    };
    let has_slot = |kind: &KindRule| kind.environments().iter().any(|other| other == name);
    let slots = checked.kinds.iter().filter(|kind| has_slot(kind.rule)).map(|kind| {
        let (ident, ephemeral) = (&kind.ident, kind.rule.is_ephemeral());
        let scopes = Literal::byte_string(ScopesDigest::of(kind.rule.closure()).as_bytes());
        let compiled = quote!(<kind::#ident as #krate::TokenKind>::COMPILED);
        quote!(#private::slot(#compiled, #ephemeral, *#scopes))
    });
    quote! {
        #private::environment(
            #name,
            #release,
            #strict,
            #private::AssuranceLevel::#assurance,
            const { &[#(#slots),*] },
        )
    }
}
