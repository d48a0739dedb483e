//! A token is born by admission alone.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn empty() -> Token<kind::GithubCi> {
    Default::default()
}

fn main() {}
