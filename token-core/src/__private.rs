//! The one door for generated code. Not part of the public interface: it may
//! change in any release, which is why token-derive is pinned to the same version.

pub use core::{assert, include_bytes, option::Option, primitive::str, time::Duration};

use crate::scope::{GrantedBy, Grants, Scope, ScopeList, Sealed, TokenKind};
pub use crate::{
    digest::PolicyDigest,
    policy::CompiledPolicy,
    scope::{CompiledKind, CompiledScope, CompiledSource, Prefix, ReadableBy, Uses},
};

/// Makes a kind: its fields in the order of [`CompiledKind`].
#[must_use]
#[expect(
    clippy::too_many_arguments,
    reason = "a struct of them would be the same list a third time"
)]
pub const fn kind(
    name: &'static str,
    owner: Option<&'static str>,
    scopes: &'static [CompiledScope],
    known_scopes: &'static [&'static str],
    max_lifetime: Duration,
    leeway: Duration,
    audience: Option<&'static str>,
    uses: Uses,
    format: Option<Prefix>,
    source: Option<CompiledSource>,
    policy: Option<PolicyDigest>,
) -> CompiledKind {
    CompiledKind {
        name,
        owner,
        scopes,
        known_scopes,
        max_lifetime,
        leeway,
        audience,
        uses,
        format,
        source,
        policy,
    }
}

/// Makes a scope of a kind.
#[must_use]
pub const fn scope(name: &'static str, listed: bool, implies: &'static [u8]) -> CompiledScope {
    CompiledScope { name, listed, implies }
}

/// Makes a policy.
#[must_use]
pub const fn policy(
    file: &'static str,
    digest: PolicyDigest,
    kinds: &'static [&'static CompiledKind],
) -> CompiledPolicy {
    CompiledPolicy { file, digest, kinds }
}

/// Tokens come from a helper command.
#[must_use]
pub const fn command(argv: &'static [&'static str], timeout: Duration) -> CompiledSource {
    CompiledSource::Command { argv, timeout }
}

/// Tokens come from a systemd credential.
#[must_use]
pub const fn credential(name: &'static str) -> CompiledSource {
    CompiledSource::Credential { name }
}

/// Tokens come from an environment variable.
#[must_use]
pub const fn env(name: &'static str) -> CompiledSource {
    CompiledSource::Env { name }
}

/// Tokens come from a file.
#[must_use]
pub const fn file(path: &'static str, readable_by: ReadableBy) -> CompiledSource {
    CompiledSource::File { path, readable_by }
}

/// Stands for the scopes of an operation whose attribute is wrong.
#[derive(Debug)]
pub enum NoScopes {}

impl Sealed for NoScopes {}

impl ScopeList for NoScopes {
    const NAMES: &'static [&'static str] = &[];
}

impl<K: TokenKind> GrantedBy<K> for NoScopes {}

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

/// A prefix that token-derive has read. With another text the program does not compile.
#[must_use]
#[allow(clippy::panic, reason = "the compiler's way to refuse a constant")]
pub const fn prefix(name: &str) -> Prefix {
    match Prefix::parse(name) {
        Some(prefix) => prefix,
        None => panic!("not a token's prefix"),
    }
}

/// Whether the file that the compiler tracks is the one the macro read. Sixteen
/// bytes at a time and by patterns, since constant evaluation counts its steps
/// and each call is many.
#[must_use]
pub const fn same(a: &[u8], b: &[u8]) -> bool {
    let ((mut a, a_end), (mut b, b_end)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        if u128::from_ne_bytes(*x) != u128::from_ne_bytes(*y) {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    a.is_empty() && b.is_empty() && same_end(a_end, b_end)
}

const fn same_end(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    a.is_empty() && b.is_empty()
}
