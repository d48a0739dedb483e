//! The format of a kind is two words joined by one `_`.

use token_core::{Scope, TokenKind};

#[derive(Scope)]
#[scope("repo:read")]
enum RepoRead {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h", format = "acme-ci")]
enum Ci {}

fn main() {
    let _ = Ci::COMPILED;
}
