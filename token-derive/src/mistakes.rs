//! Collects mistakes, each with the place of the word that caused it.

use std::fmt::Display;

#[cfg(feature = "policy")]
use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects mistakes, so that the user sees all of them at once.
#[derive(Default)]
#[must_use]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Adds a mistake in the tokens of `place`.
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl Display) {
        self.report(syn::Error::new_spanned(place, message));
    }

    /// Adds a mistake at a span.
    #[cfg(feature = "policy")]
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.report(syn::Error::new(span, message));
    }

    /// Returns the value of `result`. If it is an error, adds it to the mistakes and returns `None`.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|mistake| self.report(mistake)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the mistakes as `compile_error!`s, or no code if there are none.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.0.map(syn::Error::into_compile_error).unwrap_or_default()
    }

    fn report(&mut self, mistake: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(mistake),
            first => *first = Some(mistake),
        }
    }
}
