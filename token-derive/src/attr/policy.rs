//! Parses `policy!("../tokens.toml", crate = ::badge)`.

use proc_macro2::TokenStream;
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

const KEYS: Keys = Keys(&["crate"]);
const EXPECTED: &str = "expected the path of one policy file, as in `policy!(\"../tokens.toml\")`";
