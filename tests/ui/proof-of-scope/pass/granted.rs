//! Kinds that grant the scope, alone and as one of two; a proof that a task owns.

use token_core::{Authorized, Caller, RequireScopes, caller::Refused};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct Read;

fn read<K>(_: &Authorized<Read, K>) {}

fn alone(caller: &Caller<kind::GithubCi>) -> Result<(), Refused> {
    read(&caller.authorize::<Read>()?);
    Ok(())
}

fn one_of_two(caller: &Caller<(kind::Publisher, kind::GithubCi)>) -> Result<(), Refused> {
    let may = caller.authorize::<Read>()?;
    std::thread::spawn(move || read(&may));
    Ok(())
}

fn main() {
    let _ = (alone, one_of_two);
}
