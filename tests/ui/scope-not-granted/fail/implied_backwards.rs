//! `repo:write` implies `repo:read`, and not the other way round: implication only ever goes down.

use token_core::Grants;

token_core::policy!("../../tokens.toml");

fn reads<K: Grants<scope::RepoRead>>() {}
fn writes<K: Grants<scope::RepoWrite>>() {}

fn main() {
    reads::<kind::Publisher>();
    writes::<kind::GithubCi>();
}
