//! A scope name is not empty.

use token_core::Scope;

#[derive(Scope)]
#[scope("")]
enum RepoRead {}

fn main() {}
