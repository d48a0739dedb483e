//! A kind that can never permit the operation is asked for a proof of scope.

use token_core::{Authorized, Caller, RequireScopes, caller::Refused};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(caller: &Caller<kind::GithubCi>) -> Result<Authorized<Push, kind::GithubCi>, Refused> {
    caller.authorize::<Push>()
}

fn main() {}
