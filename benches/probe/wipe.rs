//! The functions that `codegen` checks: their machine code must write zeros
//! before it frees. In one, the control, it must not, or the check proves nothing.
//! They keep their names and are not inlined, so that the assembly shows them.

use std::hint::black_box;

use token_core::{Scope, Secret, Token, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
pub enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")]
pub enum Ci {}

/// Drops a secret.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_secret(secret: Secret) {
    drop(secret);
}

/// Drops a secret, also when `f` unwinds.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_unwind(secret: Secret, f: fn()) {
    f();
    drop(secret);
}

/// Drops a token.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_token(token: Token<Ci>) {
    drop(token);
}

/// Drops a secret whose length the compiler may know.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_known_length(bytes: &[u8; 64]) {
    let copy = bytes.to_vec();
    // Without a possible reader, the compiler would not even write the copy.
    black_box(copy.as_ptr());
    drop(Secret::from(copy));
}

/// The negative control: nothing reads these zeros, so the optimizer removes them.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_plain_fill(mut bytes: Box<[u8; 64]>) {
    bytes.fill(0);
    drop(bytes);
}
