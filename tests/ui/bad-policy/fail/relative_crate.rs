//! The path of token-core must be absolute, since the code written with it stands in several
//! modules.

token_core::policy!("../../tokens.toml", crate = token_core);

fn main() {}
