//! The name has no key.

use token_core::Scope;

#[derive(Scope)]
#[scope(name = "repo:read")]
enum RepoRead {}

fn main() {}
