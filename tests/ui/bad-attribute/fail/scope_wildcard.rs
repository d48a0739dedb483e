//! A wildcard stands for scopes; it is none.

use token_core::Scope;

#[derive(Scope)]
#[scope("repo:*")]
enum Repo {}

fn main() {}
