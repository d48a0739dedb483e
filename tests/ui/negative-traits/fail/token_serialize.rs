//! A token does not serialize, so no config dump or trace can carry it.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn serializes<T: serde::Serialize>(_: &T) {}

fn dump(token: &Token<kind::GithubCi>) {
    serializes(token);
}

fn main() {}
