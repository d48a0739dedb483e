//! A token moves. If it were `Copy`, moving would leave it behind.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn copies<T: Copy>(_: T) {}

fn copy(token: Token<kind::GithubCi>) {
    copies(token);
}

fn main() {}
