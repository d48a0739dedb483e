//! Reads the path of token-core: `crate = ::badge`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, Path, Token};

use super::Value;
use crate::mistakes::Mistakes;

/// The path of token-core in the user's crate.
#[derive(Default)]
pub(crate) struct CratePath(Option<Path>);

impl CratePath {
    /// Reads `crate = ::badge` or `crate = "::badge"`.
    ///
    /// The path must be absolute, since generated code uses it in several modules. Any other path is reported.
    pub(super) fn read(value: &Value, mistakes: &mut Mistakes) -> Self {
        let path = match value {
            Value::Path(path) => Some(path.clone()),
            Value::Text(text) => mistakes.keep(text.parse_with(Path::parse_mod_style)),
        };
        let Some(path) = path else { return Self(None) };
        if is_absolute(&path) {
            return Self(Some(path));
        }
        mistakes.at(
            value,
            format_args!(
                "the path of token-core must be absolute: write `crate = ::{}`",
                shown(&path)
            ),
        );
        Self(None)
    }

    /// Returns the path of the private module that generated code calls.
    pub(crate) fn private(&self) -> TokenStream {
        quote!(#self::__private)
    }

    /// Returns the path with the span `span`. The compiler then shows errors of code with this path at that place.
    pub(crate) fn at(&self, span: Span) -> CratePathAt<'_> {
        CratePathAt { path: self.0.as_ref(), span }
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.at(Span::call_site()).to_tokens(tokens);
    }
}

/// The path of token-core, with the span at which errors are shown.
pub(crate) struct CratePathAt<'p> {
    path: Option<&'p Path>,
    span: Span,
}

impl ToTokens for CratePathAt<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(path) = self.path {
            return path.to_tokens(tokens);
        }
        // The tokens are built one by one, since each `quote!` inside another one is a call into the compiler.
        Token![::]([self.span; 2]).to_tokens(tokens);
        Ident::new("token_core", self.span).to_tokens(tokens);
    }
}

fn is_absolute(path: &Path) -> bool {
    let first = path.segments.first().map(|segment| segment.ident.to_string());
    path.leading_colon.is_some() || matches!(first.as_deref(), Some("crate" | "$crate"))
}

fn shown(path: &Path) -> String {
    let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    names.join("::")
}
