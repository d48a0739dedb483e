//! Parses what the user wrote in an attribute or a macro call. Every part keeps its span.

mod argument;
mod crate_path;
#[cfg(feature = "policy")]
mod policy;
mod require;
mod scope;
mod token_kind;

pub(crate) use crate_path::CratePath;
#[cfg(feature = "policy")]
pub(crate) use policy::PolicyCall;
pub(crate) use require::Require;
pub(crate) use scope::ScopeAttr;
pub(crate) use token_kind::TokenKindAttr;

use argument::{Argument, Keys, Value};
