//! Of two values one would be left out.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h", max_lifetime = "2h")]
enum Ci {}

fn main() {}
