//! A token that may be used once is not lent: its use consumes it.

use token_core::{Current, Token};

token_core::policy!("../../tokens.toml");

fn lend(token: &Token<kind::OneShot>) -> bool {
    token.current().is_ok()
}

fn main() {}
