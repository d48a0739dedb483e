//! A scope that is listed twice was meant to be another one.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead, RepoRead), max_lifetime = "1h")]
enum Ci {}

fn main() {}
