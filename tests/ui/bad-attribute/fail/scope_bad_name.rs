//! A scope name is a scope token of RFC 6749: a space would make it two.

use token_core::Scope;

#[derive(Scope)]
#[scope("repo read")]
enum RepoRead {}

fn main() {}
