//! The SDK calls this scope `repo:write`. Under another name the policy would grant one scope to
//! the compiler, and another one to the issuer.

token_core::policy!("other_name.toml");

fn main() {}
