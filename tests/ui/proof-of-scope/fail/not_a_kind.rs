//! A scope stands where a token kind is expected.

use token_core::{AnyCaller, Caller, caller::Refused};

token_core::policy!("../../tokens.toml");

fn known(caller: AnyCaller) -> Result<Caller<(kind::Publisher, scope::RepoRead)>, Refused> {
    caller.of_kind()
}

fn main() {}
