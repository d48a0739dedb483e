//! A new token is handed over twice.

use token_core::Secret;
use token_issue::Issued;

token_core::policy!("../../tokens.toml");

fn twice(issued: Issued<kind::Publisher>) -> (Secret, Secret) {
    (issued.release(), issued.into_response())
}

fn main() {}
