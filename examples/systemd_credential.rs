//! A token that systemd hands to the service (systemd.exec(5), "Credentials").
//!
//! `cargo run --example systemd_credential` plays both parts: without a
//! credential directory it makes one, as systemd would, and runs itself in it.
//! Under systemd:
//!
//! ```text
//! systemd-run --pipe -p LoadCredential=metrics-token:/etc/metrics-token target/debug/examples/systemd_credential
//! ```

#![allow(clippy::print_stdout, reason = "an example talks")]

use std::{env, error::Error, fs, os::unix::fs::PermissionsExt, process::Command};

use time::UtcDateTime;
use token_core::{Grant, RequireScopes, Token, source};

token_core::policy!("systemd_credential.toml");

#[derive(RequireScopes)]
#[require(scope::MetricsPush)]
struct Push;

fn main() -> Result<(), Box<dyn Error>> {
    match env::var_os("CREDENTIALS_DIRECTORY") {
        Some(_) => service(),
        None => as_systemd_would(),
    }
}

/// The service. The policy says where its token comes from.
fn service() -> Result<(), Box<dyn Error>> {
    let secret = source::load::<kind::Metrics>()?;
    // systemd hands the token over when it starts the service, which is now.
    let grant = Grant::assumed::<kind::Metrics>(UtcDateTime::now());
    let token = Token::<kind::Metrics>::admit(secret, &grant)?;
    println!("loaded {token:?}; pushing with {:?}", token.expose_for(&Push)?);
    Ok(())
}

fn as_systemd_would() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("metrics-token");
    fs::write(&path, "0123456789abcdef".repeat(2))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400))?;
    println!("no $CREDENTIALS_DIRECTORY: playing systemd");
    let status =
        Command::new(env::current_exe()?).env("CREDENTIALS_DIRECTORY", dir.path()).status()?;
    status.success().then_some(()).ok_or_else(|| "the service failed".into())
}
