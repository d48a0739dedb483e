//! A hash of a token in a map is a fact about its bytes; the token id is made for that.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn hashes<T: std::hash::Hash>(_: &T) {}

fn hash(token: &Token<kind::GithubCi>) {
    hashes(token);
}

fn main() {}
