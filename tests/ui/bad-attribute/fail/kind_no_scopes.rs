//! A kind without scopes permits nothing.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(), max_lifetime = "1h")]
enum Ci {}

fn main() {}
