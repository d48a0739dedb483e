//! `scopes` is a list of types.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes = "repo:read", max_lifetime = "1h")]
enum Ci {}

fn main() {}
