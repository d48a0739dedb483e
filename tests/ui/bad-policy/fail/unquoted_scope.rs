//! TOML wants quotes around a name with a colon.

token_core::policy!("unquoted_scope.toml");

fn main() {}
