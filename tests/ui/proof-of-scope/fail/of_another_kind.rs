//! A proof for one kind is passed as one for another, of which its type is a subtype.

#![allow(coherence_leak_check)]

use token_core::{Authorized, RequireScopes, TokenKind, scope::CompiledKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct See;

struct Of<F>(F);

// A function that takes any reference is one that takes a `'static` reference, too.
type Weak = Of<for<'a> fn(&'a u8)>;
type Strong = Of<fn(&'static u8)>;

impl TokenKind for Weak {
    const COMPILED: &'static CompiledKind = kind::GithubCi::COMPILED;
}

impl TokenKind for Strong {
    const COMPILED: &'static CompiledKind = kind::Publisher::COMPILED;
}

fn strong(may: Authorized<See, Weak>) -> Authorized<See, Strong> {
    may
}

fn main() {}
