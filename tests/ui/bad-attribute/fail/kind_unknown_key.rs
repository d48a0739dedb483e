//! A key without a meaning would be a rule that nobody enforces.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h", onwer = "platform-team")]
enum Ci {}

fn main() {}
