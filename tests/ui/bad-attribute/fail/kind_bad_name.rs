//! A kind name is lowercase words joined by hyphens.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "Github_CI", scopes(RepoRead), max_lifetime = "1h")]
enum Ci {}

fn main() {}
