//! An SDK to begin with: a client that takes a token of any kind that permits what it does, kept by whomever; the application's
//! code asks for a trait, so a test gives it something else.
//!
//! Run it with `cargo run --example sdk`; `sdk/client.rs` is the SDK, `sdk/app.rs` the application, `sdk/tests.rs` tests both without
//! a network. In crates of your own the SDK depends on `http` and on
//! `token-core = { …, default-features = false, features = ["derive", "http"] }`, and the application's policy names its scopes by
//! their types: `"repo:read" = { description = "…", type = "my_sdk::RepoRead" }`.

#![allow(clippy::print_stdout, reason = "an example talks")]
#![allow(missing_docs, unnameable_types, unreachable_pub, reason = "its modules stand for crates")]

#[path = "sdk/app.rs"]
mod app;
#[path = "sdk/client.rs"]
mod client;
#[path = "sdk/fake.rs"]
mod fake;
#[cfg(test)]
#[path = "sdk/tests.rs"]
mod tests;

use std::{error::Error, sync::Arc, time::Duration};

use token_core::{Admission, Grant, Secret, Token, UtcDateTime};
use token_rotate::{Attempt, Fetched, FromFn, Rotating};

use client::Client;
use fake::Server;

token_core::policy!("sdk.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::new(["main", "old"]);

    // A plain token, such as one from a file. Its kind permits to read; `create_branch` would not compile.
    let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
    let token = Token::<kind::Dashboard>::admit(Secret::from("dashboard-".repeat(4)), &grant)?;
    let dashboard = Client::new(token, server.clone());
    println!("the dashboard sees {:?}", dashboard.branches()?);

    // A token that is kept fresh. The client does not know the difference.
    let issuer = FromFn::new(|_: &Attempt| {
        let grant =
            Grant::new("repo:write").expires_at(UtcDateTime::now() + Duration::from_secs(600));
        Ok(Fetched::new(Secret::from("bot-".repeat(10)), grant))
    });
    let token = Arc::new(Rotating::<kind::Bot>::options(Admission::new(), issuer).start()?);
    let bot = Client::new(token.clone(), server.clone());

    // The application does not even know that there are tokens.
    println!("the bot makes {}", app::release(&bot, 7)?);
    println!("the server was asked: {:?}", server.asked());
    token.close(Duration::from_secs(5))?;
    Ok(())
}
