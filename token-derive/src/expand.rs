//! Generates the code of the macros.

#[cfg(feature = "policy")]
mod built_from;
mod compiled;
mod derive_kind;
#[cfg(feature = "policy")]
mod docs;
#[cfg(feature = "policy")]
mod environment;
mod held;
#[cfg(feature = "policy")]
mod items;
#[cfg(feature = "policy")]
mod kind;
#[cfg(feature = "policy")]
mod note;
mod require;
mod scope;

pub(crate) use compiled::CompiledKind;
#[cfg(feature = "policy")]
pub(crate) use compiled::Digests;
pub(crate) use derive_kind::expand as token_kind;
pub(crate) use held::kinds as held_kinds;
#[cfg(feature = "policy")]
pub(crate) use items::{marker, modules, policy, policy_constant, scope_type};
pub(crate) use require::expand as require;
pub(crate) use scope::scope_impl;
