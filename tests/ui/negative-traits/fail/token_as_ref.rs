//! `AsRef<str>` would hand the text to any function that takes a string.

use token_core::Token;

token_core::policy!("../../tokens.toml");

fn text(token: &Token<kind::GithubCi>) -> &str {
    <Token<kind::GithubCi> as AsRef<str>>::as_ref(token)
}

fn main() {}
