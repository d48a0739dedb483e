//! A generic struct must demand the scopes in its own bounds, or it would be wrong for some kinds.
//! The mistake is found at the struct, not when somebody builds one.

use token_core::{RequireScopes, Token, TokenKind};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct Reader<K: TokenKind> {
    token: Token<K>,
}

fn main() {}
