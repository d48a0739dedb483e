//! Parses `#[require(scope::RepoRead, max_lifetime = "15m")]`.

use proc_macro2::Span;
use syn::{DeriveInput, Ident, LitStr, Path};
use token_policy::Lifetime;

use super::{Argument, CratePath, Keys, Value};
use crate::{mistakes::Mistakes, name};

/// The scopes that an operation requires, and its other arguments.
pub(crate) struct Require {
    pub(crate) scopes: Vec<Path>,
    /// The span from the opening to the closing parenthesis around the scopes.
    pub(crate) list: Span,
    pub(crate) max_lifetime: Option<MaxLifetime>,
    pub(crate) krate: CratePath,
}

/// How long a held token may live at most.
pub(crate) struct MaxLifetime {
    pub(crate) key: Ident,
    pub(crate) lifetime: Lifetime,
}

impl Require {
    pub(crate) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Self {
        let arguments = Argument::of(&input.attrs, "require", mistakes);
        let is_missing = arguments.as_ref().is_none_or(Vec::is_empty) && mistakes.is_empty();
        let (mut scopes, mut max_lifetime, mut krate) = (Vec::new(), None, None);
        for argument in arguments.unwrap_or_default() {
            match argument {
                Argument::Path(path) => scopes.push(path),
                Argument::Text(text) => refuse_name(&text, mistakes),
                Argument::List(key, _) => KEYS.refuse(&key, mistakes),
                Argument::Value(key, value) if key == "crate" => {
                    Keys::set(&mut krate, &key, CratePath::read(&value, mistakes), mistakes);
                }
                Argument::Value(key, value) if key == "max_lifetime" => {
                    let lifetime = value.lifetime(&key, mistakes);
                    let wanted =
                        lifetime.map(|lifetime| MaxLifetime { key: key.clone(), lifetime });
                    Keys::set(&mut max_lifetime, &key, wanted, mistakes);
                }
                Argument::Value(key, _) => KEYS.refuse(&key, mistakes),
            }
        }
        if is_missing || (scopes.is_empty() && mistakes.is_empty()) {
            mistakes.at(&input.ident, format_args!("`{}` {MISSING}", input.ident));
        }
        if let Some(excess) = scopes.get(MAX_SCOPES) {
            mistakes.at(excess, format_args!("an operation needs at most {MAX_SCOPES} scopes"));
        }
        refuse_repeated(&scopes, mistakes);
        Self {
            scopes,
            list: list(input),
            max_lifetime: max_lifetime.flatten(),
            krate: krate.unwrap_or_default(),
        }
    }
}

fn list(input: &DeriveInput) -> Span {
    let attr = input.attrs.iter().find(|attr| attr.path().is_ident("require"));
    let list = attr.and_then(|attr| attr.meta.require_list().ok());
    list.map_or_else(Span::call_site, |list| list.delimiter.span().join())
}

impl Value {
    /// Returns the text of `key = "text"`. Reports any other value and returns `None`.
    pub(super) fn text(self, key: &Ident, mistakes: &mut Mistakes) -> Option<LitStr> {
        match self {
            Self::Text(text) => Some(text),
            Self::Path(path) => {
                mistakes.at(path, format_args!("`{key}` is a string: write `{key} = \"...\"`"));
                None
            }
        }
    }

    /// Returns the lifetime of `key = "1h30m"`. Reports any other value and returns `None`.
    pub(super) fn lifetime(self, key: &Ident, mistakes: &mut Mistakes) -> Option<Lifetime> {
        let text = self.text(key, mistakes)?;
        match Lifetime::parse(&text.value()) {
            Ok(lifetime) => Some(lifetime),
            Err(error) => {
                mistakes.at(text, format_args!("`{key}` is not a time: {error}"));
                None
            }
        }
    }
}

/// Reports that a scope's name stands where its type is expected. The error shows the name of the type.
pub(super) fn refuse_name(text: &LitStr, mistakes: &mut Mistakes) {
    let ident = name::of_type(&text.value(), "Scope");
    mistakes
        .at(text, format_args!("a scope is a type here: write its path, such as `scope::{ident}`"));
}

/// Reports a scope that is listed twice, since another scope was probably meant.
pub(super) fn refuse_repeated(scopes: &[Path], mistakes: &mut Mistakes) {
    // There are usually so few scopes that a list is faster than a set.
    let mut seen = Vec::new();
    for scope in scopes.iter().filter(|scope| scopes.len() > 1 && is_plain(scope)) {
        let words: Vec<_> = scope.segments.iter().map(|word| word.ident.to_string()).collect();
        if seen.contains(&words) {
            mistakes.at(scope, format_args!("scope `{}` is listed twice", words.join("::")));
        }
        seen.push(words);
    }
}

/// Returns whether a path has no generic arguments.
fn is_plain(path: &Path) -> bool {
    path.segments.iter().all(|word| word.arguments.is_none())
}

/// The length of the longest tuple that is a `ScopeList`.
const MAX_SCOPES: usize = 16;
const KEYS: Keys = Keys(&["crate", "max_lifetime"]);
const MISSING: &str =
    "does not say which scopes it needs; add `#[require(scope::RepoRead)]` with at least one scope";
