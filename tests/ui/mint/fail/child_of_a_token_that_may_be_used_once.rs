//! A token that may be used once is to be narrowed, which would be a use.

use token_core::Caller;
use token_issue::{Issuer, Narrow};

token_core::policy!("../../tokens.toml");

async fn narrow(issuer: Issuer, caller: Caller<kind::OneShot>) {
    let _ = issuer.narrow(&caller, Narrow::new()).await;
}

fn main() {}
