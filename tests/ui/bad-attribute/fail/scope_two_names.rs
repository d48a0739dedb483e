//! A type is one scope.

use token_core::Scope;

#[derive(Scope)]
#[scope("repo:read", "repo:write")]
enum Repo {}

fn main() {}
