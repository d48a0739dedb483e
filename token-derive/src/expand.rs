//! The code that the macros generate.

mod compiled;
mod derive_kind;
mod docs;
mod held;
mod items;
mod kind;
mod require;

pub(crate) use compiled::CompiledKind;
pub(crate) use derive_kind::expand as token_kind;
pub(crate) use held::kinds as held_kinds;
pub(crate) use items::{modules, policy, policy_constant, scope_impl, scope_type};
pub(crate) use require::expand as require;
