//! A kind says how long its tokens may live. What is built on the kind is silent.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead))]
enum Ci {}

#[derive(token_core::RequireScopes)]
#[require(RepoRead)]
struct ListRepos {
    token: token_core::Token<Ci>,
}

fn main() {}
