//! Parses `policy!("../tokens.toml", crate = ::badge)`.

use proc_macro2::{TokenStream, TokenTree};
use syn::{LitStr, parse::Parser};

use super::{Argument, CratePath, Keys};
use crate::mistakes::Mistakes;

/// A call of `policy!`.
pub(crate) struct PolicyCall {
    /// The policy file's path. It is kept as a literal, because its span says which file the path is relative to.
    pub(crate) file: LitStr,
    pub(crate) krate: CratePath,
}

impl PolicyCall {
    pub(crate) fn parse(input: TokenStream, mistakes: &mut Mistakes) -> Option<Self> {
        if calls_a_macro(&input) {
            mistakes.at(input, NO_MACRO);
            return None;
        }
        let arguments = mistakes.keep(Argument::list.parse2(input))?;
        let (mut file, mut krate) = (None, None);
        for argument in arguments {
            match argument {
                Argument::Text(path) if file.is_none() => file = Some(path),
                Argument::Value(key, value) if key == "crate" => {
                    Keys::set(&mut krate, &key, CratePath::read(&value, mistakes), mistakes);
                }
                Argument::Value(key, _) => KEYS.refuse(&key, mistakes),
                other => mistakes.at(other, EXPECTED),
            }
        }
        if file.is_none() && mistakes.is_empty() {
            mistakes.at_span(proc_macro2::Span::call_site(), EXPECTED);
        }
        Some(Self { file: file?, krate: krate.unwrap_or_default() })
    }
}

/// Whether the path is the call of another macro, such as `concat!(…)`. The compiler expands it only after this one.
fn calls_a_macro(input: &TokenStream) -> bool {
    let mut tokens = input.clone().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!'))
}

const KEYS: Keys = Keys(&["crate"]);
const EXPECTED: &str = "expected the path of one policy file, as in `policy!(\"../tokens.toml\")`";
const NO_MACRO: &str = "the path must be one string, since macros such as `concat!` and `env!` are not expanded here\n  \
    help: write it relative to this source file, as in `policy!(\"../tokens.toml\")`";
