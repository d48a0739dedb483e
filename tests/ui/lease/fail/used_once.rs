//! A token that may be used once is not lent: its use consumes it.

use token_core::Current;

token_core::policy!("../../tokens.toml");

fn ask(_: &dyn Current<kind::OneShot>) {}

fn main() {}
