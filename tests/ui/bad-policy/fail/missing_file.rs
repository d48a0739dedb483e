//! There is no such file. The answer names the path as it is written here, and no folder of this
//! machine.

token_core::policy!("../no_such_tokens.toml");

fn main() {}
