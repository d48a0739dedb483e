//! The one door for generated code. Not part of the public interface: it may
//! change in any release, which is why token-derive is pinned to the same version.

pub use core::{assert, include_bytes, option::Option, primitive::str, time::Duration};

pub use token_policy::{Lifetime, PolicyDigest};

use crate::scope::{Grants, Scope, TokenKind};
pub use crate::{
    policy::CompiledPolicy,
    scope::{CompiledKind, CompiledScope, CompiledSource, ReadableBy, Uses},
};

/// Compiles only if `K` grants `S`: the check on a struct that holds a token.
pub const fn grants<K: Grants<S>, S>() {}

/// Whether no token of kind `K` lives longer than `seconds`.
#[must_use]
pub const fn lives_at_most<K: TokenKind>(seconds: u64) -> bool {
    K::COMPILED.max_lifetime.as_secs() <= seconds
}

/// Whether `S` has the name under which the policy declares it.
#[must_use]
pub const fn is_named<S: Scope>(name: &str) -> bool {
    same(S::NAME.as_bytes(), name.as_bytes())
}

/// Whether the file that the compiler tracks is the one the macro read. Eight
/// bytes at a time, since constant evaluation counts its steps.
#[must_use]
pub const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    while let (Some((x, more_a)), Some((y, more_b))) =
        (a.split_first_chunk::<8>(), b.split_first_chunk::<8>())
    {
        if u64::from_ne_bytes(*x) != u64::from_ne_bytes(*y) {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    while let (Some((x, more_a)), Some((y, more_b))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    true
}
