//! Implements `policy!`: it reads the policy file, checks it, and generates the items, or a fallback.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    attr::PolicyCall,
    check, expand,
    fallback::{self, Names},
    mistakes::Mistakes,
    policy::PolicyFile,
};

/// Implements `policy!`.
pub(crate) fn policy(input: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let Some(call) = PolicyCall::parse(input, &mut mistakes) else {
        return mistakes.into_compile_errors();
    };
    match checked_policy(&call, &mut mistakes) {
        Ok(items) => items,
        Err(names) => {
            let fallback = fallback::policy(&call.file.value(), &names, &call.krate);
            let errors = mistakes.into_compile_errors();
            quote!(#errors #fallback)
        }
    }
}

/// Generates the items of a policy without mistakes. If there is a mistake, the error holds the names that could be
/// read.
fn checked_policy(call: &PolicyCall, mistakes: &mut Mistakes) -> Result<TokenStream, Names> {
    let file = mistakes.keep(PolicyFile::read(&call.file)).ok_or_else(Names::default)?;
    let policy =
        file.parse(mistakes).map_err(|errors| Names::salvaged(errors.salvaged(), file.span()))?;
    let checked = check::check(&policy, &file, mistakes);
    let warnings = check::findings(&policy, &file, mistakes);
    if !mistakes.is_empty() {
        return Err(Names::of_policy(&policy, file.span()));
    }
    let items = expand::policy(&checked, &policy, &file, &call.krate);
    Ok(quote!(#items #warnings))
}
