//! A domain function asks for a proof of scope, and gets the caller.

use token_core::{Authorized, Caller, RequireScopes};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Push;

fn push(_: &Authorized<Push, kind::Publisher>) {}

fn handle(caller: &Caller<kind::Publisher>) {
    push(caller);
}

fn main() {}
