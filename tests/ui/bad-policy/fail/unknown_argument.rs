//! An argument that the macro does not know.

token_core::policy!("../../tokens.toml", crat = ::token_core);

fn main() {}
