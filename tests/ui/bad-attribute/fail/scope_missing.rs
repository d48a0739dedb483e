//! A scope has a name.

use token_core::Scope;

#[derive(Scope)]
enum RepoRead {}

fn name() -> &'static str {
    RepoRead::NAME
}

fn main() {}
