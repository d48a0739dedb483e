//! What `codegen` looks at: functions whose machine code must write zeros
//! before it frees, and one whose code must not, or the look proves nothing.
//! They keep their names and are not inlined, so that the assembly shows them.

use std::hint::black_box;

use token_core::{Scope, Secret, Token, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
pub enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")]
pub enum Ci {}

/// A secret ends.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_secret(secret: Secret) {
    drop(secret);
}

/// A secret ends by unwinding.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_unwind(secret: Secret, f: fn()) {
    f();
    drop(secret);
}

/// A token ends.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_token(token: Token<Ci>) {
    drop(token);
}

/// A secret whose length the compiler may know ends.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_known_length(bytes: &[u8; 64]) {
    let copy = bytes.to_vec();
    // Unless somebody could have read the copy, it need not even be written.
    black_box(copy.as_ptr());
    drop(Secret::from(copy));
}

/// The negative control: nobody reads these zeros, so the optimizer leaves them out.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn probe_plain_fill(mut bytes: Box<[u8; 64]>) {
    bytes.fill(0);
    drop(bytes);
}
