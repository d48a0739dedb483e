//! Leeway lengthens the life of every token, so it is at most a minute.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h", leeway = "61s")]
enum Ci {}

fn main() {}
