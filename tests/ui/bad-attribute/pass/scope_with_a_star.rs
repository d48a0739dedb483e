//! A `*` in the name of a scope is a part of the name (RFC 6749, section 3.3).

use token_core::Scope;

#[derive(Scope)]
#[scope("repo:*")]
enum Repo {}

fn main() {
    assert_eq!(Repo::NAME, "repo:*");
}
