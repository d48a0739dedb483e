//! A scope is one type. A generic one would be many scopes with the same name.

use token_core::Scope;

#[derive(Scope)]
#[scope("repo:read")]
struct RepoRead<T>(T);

fn main() {}
