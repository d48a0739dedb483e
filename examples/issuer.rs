//! A small token service: it mints a token for a job, narrows it, and revokes it. Another process verifies the tokens, from the
//! same registry, and refuses them once they are revoked.
//!
//! Run it with `cargo run --example issuer`.

#![allow(clippy::print_stdout, reason = "an example talks")]

#[path = "issuer/deployer.rs"]
mod deployer;
#[path = "issuer/service.rs"]
mod service;

use std::{error::Error, path::Path};

token_core::policy!("issuer.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        // The second process is this program too.
        Some(registry) => deployer::serve(Path::new(&registry)),
        None => service::run(),
    }
}
