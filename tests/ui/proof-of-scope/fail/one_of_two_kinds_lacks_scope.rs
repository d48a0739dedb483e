//! One of two kinds can never permit the operation.

use token_core::{Caller, RequireScopes, caller::Refused};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(caller: &Caller<(kind::Publisher, kind::GithubCi)>) -> Result<(), Refused> {
    caller.authorize::<Push>().map(drop)
}

fn main() {}
