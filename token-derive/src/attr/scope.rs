//! Parses `#[scope("repo:read")]`.

use syn::{DeriveInput, LitStr};
use token_policy::scope_name;

use super::{Argument, CratePath, Keys};
use crate::mistakes::Mistakes;

/// The name of a scope; `None` if it was missing or wrong, which was reported.
pub(crate) struct ScopeAttr {
    pub(crate) name: Option<LitStr>,
    pub(crate) krate: CratePath,
}

impl ScopeAttr {
    pub(crate) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Self {
        let (mut name, mut krate) = (None, None);
        for argument in Argument::of(&input.attrs, "scope", mistakes).unwrap_or_default() {
            match argument {
                Argument::Text(text) if name.is_none() => {
                    check(&text, mistakes);
                    name = Some(text);
                }
                Argument::Value(key, value) if key == "crate" => {
                    Keys::set(&mut krate, &key, CratePath::read(&value, mistakes), mistakes);
                }
                Argument::List(key, _) | Argument::Value(key, _) => KEYS.refuse(&key, mistakes),
                other => mistakes.at(other, EXPECTED),
            }
        }
        if name.is_none() && mistakes.is_empty() {
            mistakes.at(
                &input.ident,
                format_args!("scope `{}` has no name; add `#[scope(\"repo:read\")]`", input.ident),
            );
        }
        Self { name, krate: krate.unwrap_or_default() }
    }
}

fn check(text: &LitStr, mistakes: &mut Mistakes) {
    if let Err(error) = scope_name::check(&text.value()) {
        mistakes.at(text, error);
    }
}

const KEYS: Keys = Keys(&["crate"]);
const EXPECTED: &str = "expected one scope name, as in `#[scope(\"repo:read\")]`";
