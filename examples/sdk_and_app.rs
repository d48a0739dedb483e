//! Two SDKs declare the scopes of their operations; the application's policy
//! grants them to one token kind. The SDKs know neither the policy nor the kind.
//!
//! The SDKs are modules here. As crates of their own only the paths in
//! `sdk_and_app.toml` change: `type = "github_sdk::RepoRead"`.
//!
//! `cargo run --example sdk_and_app`

#![allow(clippy::print_stdout, reason = "an example talks")]
#![allow(missing_docs, unnameable_types, unreachable_pub, reason = "its modules stand for crates")]

use std::{error::Error, time::Duration};

use token_core::{Grant, Secret, Token};

/// An SDK crate. It depends on token-core, and on no policy.
mod github_sdk {
    use token_core::{Error, PermittedBy, RequireScopes, Reusable, Scope, Token, TokenKind};

    #[derive(Scope)]
    #[scope("repo:read")]
    pub enum RepoRead {}

    #[derive(Scope)]
    #[scope("repo:write")]
    pub enum RepoWrite {}

    #[derive(RequireScopes)]
    #[require(RepoRead)]
    pub struct ListBranches<'a> {
        pub repository: &'a str,
    }

    #[derive(RequireScopes)]
    #[require(RepoRead, RepoWrite)]
    pub struct Push<'a> {
        pub branch: &'a str,
    }

    /// Takes a token of any kind that permits the operation.
    pub fn call<K, O>(token: &Token<K>, operation: &O) -> Result<usize, Error>
    where
        K: TokenKind + Reusable,
        O: PermittedBy<K>,
    {
        // A real SDK sends it; see `bearer_header` (feature `http`).
        Ok(token.expose_for(operation)?.as_bytes().len())
    }
}

/// Another SDK crate.
mod chat_sdk {
    use token_core::{RequireScopes, Scope};

    #[derive(Scope)]
    #[scope("chat:write")]
    pub enum ChatWrite {}

    #[derive(RequireScopes)]
    #[require(ChatWrite)]
    pub struct Post<'a> {
        pub text: &'a str,
    }
}

token_core::policy!("sdk_and_app.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let secret = Secret::from("0123456789abcdef".repeat(2));
    let grant = Grant::new("chat:write repo:write").expires_in(Duration::from_secs(3600));
    let bot = Token::<kind::Bot>::admit(secret, &grant)?;
    println!("{bot:?} under {}, digest {:.12}", POLICY.file, POLICY.digest);

    let list = github_sdk::ListBranches { repository: "token-core" };
    println!("list {}: {} bytes exposed", list.repository, github_sdk::call(&bot, &list)?);
    // `repo:write` implies `repo:read`, so both of its scopes are there.
    let push = github_sdk::Push { branch: "main" };
    println!("push {}: {} bytes exposed", push.branch, github_sdk::call(&bot, &push)?);
    let post = chat_sdk::Post { text: "pushed" };
    println!("post {:?}: {} bytes exposed", post.text, bot.expose_for(&post)?.as_bytes().len());
    Ok(())
}
