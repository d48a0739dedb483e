//! Parses the grammar that all attributes share: `scope::A, "text", key = "text", key(A, B)`.

use std::fmt::{self, Display};

use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, LitStr, Path, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    token::Paren,
};

use crate::mistakes::Mistakes;

/// One argument of an attribute.
pub(super) enum Argument {
    /// A list, such as `key(A, B)`.
    List(Ident, Vec<Argument>),
    /// A path, such as `scope::RepoRead`.
    Path(Path),
    /// A text, such as `"repo:read"`.
    Text(LitStr),
    /// A key with its value, such as `key = "text"`.
    Value(Ident, Value),
}

/// The right side of `key = value`.
pub(super) enum Value {
    Path(Path),
    Text(LitStr),
}

impl Argument {
    /// Parses the arguments of every attribute with this name. Returns `None` if there is no such attribute.
    pub(super) fn of(
        attrs: &[Attribute],
        name: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Vec<Self>> {
        let mut found = None;
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
            let all: &mut Vec<Self> = found.get_or_insert_default();
            all.extend(mistakes.keep(attr.parse_args_with(Self::list)).unwrap_or_default());
        }
        found
    }

    /// Parses arguments with commas between them.
    pub(super) fn list(input: ParseStream<'_>) -> syn::Result<Vec<Self>> {
        let all = Punctuated::<Self, Token![,]>::parse_terminated(input)?;
        Ok(all.into_iter().collect())
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return input.parse().map(Self::Text);
        }
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Value(key, input.parse()?));
        }
        if input.peek(Ident) && input.peek2(Paren) {
            let key = input.parse()?;
            let content;
            parenthesized!(content in input);
            return Ok(Self::List(key, Self::list(&content)?));
        }
        match starts_path(input) {
            true => input.parse().map(Self::Path),
            false => Err(input.error("expected a path, a string, or `key = ...`")),
        }
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return input.parse().map(Self::Text);
        }
        match starts_path(input) {
            true => input.call(Path::parse_mod_style).map(Self::Path),
            false => Err(input.error("expected a string or a path")),
        }
    }
}

fn starts_path(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) || input.peek(Token![::])
}

impl ToTokens for Argument {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        match self {
            Self::List(key, arguments) => tokens.extend(quote!(#key (#(#arguments),*))),
            Self::Path(path) => path.to_tokens(tokens),
            Self::Text(text) => text.to_tokens(tokens),
            Self::Value(key, value) => tokens.extend(quote!(#key = #value)),
        }
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Text(text) => text.to_tokens(tokens),
        }
    }
}

/// The keys that one attribute knows. Any other key is a mistake.
pub(super) struct Keys(pub(super) &'static [&'static str]);

impl Keys {
    /// Fills `slot` with the value of `key`. Reports a key that is written a second time.
    pub(super) fn set<T>(slot: &mut Option<T>, key: &Ident, value: T, mistakes: &mut Mistakes) {
        match slot {
            None => *slot = Some(value),
            Some(_) => mistakes.at(key, format_args!("`{key}` is written twice")),
        }
    }

    /// Reports a key that the attribute does not know.
    pub(super) fn refuse(&self, key: &Ident, mistakes: &mut Mistakes) {
        let message = match token_policy::nearest(&key.to_string(), self.0.iter().copied()) {
            Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
            None => format!("unknown key `{key}`; {self}"),
        };
        mistakes.at(key, message);
    }
}

impl Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.len() == 1 { "the only key is" } else { "the keys are" })?;
        for (position, key) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma} `{key}`")?;
        }
        Ok(())
    }
}
