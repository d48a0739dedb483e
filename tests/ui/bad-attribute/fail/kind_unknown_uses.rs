//! A token is used once or many times.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h", uses = "onse")]
enum Ci {}

fn main() {}
