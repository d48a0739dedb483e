//! A lease borrows from who keeps the token.

use token_core::{Current, Error, Lease, Token};

token_core::policy!("../../tokens.toml");

fn current(token: Token<kind::GithubCi>) -> Result<Lease<'static, kind::GithubCi>, Error> {
    token.current()
}

fn main() {}
