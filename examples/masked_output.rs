//! Tokens in logs, in a panic and in another program's output become their ids.
//!
//! `cargo run --example masked_output`

#![allow(clippy::print_stdout, clippy::panic, reason = "an example talks, and this one panics")]

use std::{
    error::Error,
    io::{self, Write},
    process::Command,
    thread,
    time::Duration,
};

use base64::prelude::{BASE64_STANDARD, Engine};
use token_core::{Grant, RequireScopes, Secret, Token};
use token_redact::Redaction;

token_core::policy!("masked_output.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct CloneRepo;

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Deploy;

fn main() -> Result<(), Box<dyn Error>> {
    // First of all, set up redaction for the panic hook and the log.
    let redaction = Redaction::for_kinds(POLICY.kinds);
    redaction.set_panic_hook();
    tracing_subscriber::fmt()
        .with_writer(redaction.make_writer(io::stdout))
        .with_ansi(false)
        .without_time()
        .init();

    // GitHub's token does not have token-core's format, so it must be registered while it lives.
    let secret = Secret::from(String::from("ghp_exampleexampleexampleexample1234"));
    let registered = redaction.register_secret::<kind::GithubCi>(&secret)?;
    let grant = Grant::new("repo:read").expires_in(Duration::from_secs(600));
    let github = Token::<kind::GithubCi>::admit(secret, &grant)?;

    // A token of our own format needs no registration.
    let secret = token_issue::generate::<kind::Deployer>()?;
    let grant = Grant::new("deploy:run").expires_in(Duration::from_secs(60));
    let deployer = Token::<kind::Deployer>::admit(secret, &grant)?;

    println!("1. A log that somebody wrote too much into:");
    let exposed = github.expose_for(&CloneRepo)?;
    let basic = BASE64_STANDARD.encode(format!("x-access-token:{}", exposed.as_str()));
    tracing::info!("cloning with {}", exposed.as_str());
    tracing::info!(header = format!("Basic {basic}"), "the same, as git sends it");

    println!("2. A panic, on standard error:");
    let exposed = deployer.spend_for(&Deploy)?;
    let text = exposed.as_str();
    let deployment =
        thread::scope(|scope| scope.spawn(|| panic!("deploying with {text}")).join().is_err());
    println!("   the deployment failed: {deployment}");

    println!("3. The output of another program, passed on:");
    let said = Command::new("echo").arg(text).output()?.stdout;
    let mut stdout = redaction.writer(io::stdout());
    stdout.write_all(&said)?;
    stdout.finish()?;

    println!(
        "{} tokens were masked; a test with `redaction.forbid()` would have failed.",
        redaction.count()
    );
    drop(registered); // keep it as long as the token
    Ok(())
}
