//! A type that exists, and is no scope.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead, String), max_lifetime = "1h")]
enum Ci {}

fn main() {}
