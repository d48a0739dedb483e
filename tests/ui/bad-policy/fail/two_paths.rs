//! One call reads one policy: two would make two modules of the same name.

token_core::policy!("../../tokens.toml", "../../tokens.toml");

fn main() {}
