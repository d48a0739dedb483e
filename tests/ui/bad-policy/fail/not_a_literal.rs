//! The path must stand in the call: a macro cannot evaluate a constant.

const FILE: &str = "../../tokens.toml";

token_core::policy!(FILE);

fn main() {
    let _ = FILE;
}
