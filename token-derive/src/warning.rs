//! Makes the compiler print warnings, for which a macro has no direct way.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Generates code that makes the compiler print `message` at `span`, under its lint `deprecated`.
///
/// That lint is the only one whose text a macro can choose. The text is "use of deprecated constant `_::TOKEN_POLICY`:
/// " and then the message.
pub(crate) fn warning(span: Span, message: &str) -> TokenStream {
    quote_spanned! { span =>
        const _: () = {
            #[deprecated(note = #message)]
            const TOKEN_POLICY: () = ();
            TOKEN_POLICY
        };
    }
}
