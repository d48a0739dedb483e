//! The steps of a rotation for tokens that a registry of ours issues, as commands: `init` once, then `create SLOT ATTEMPT`,
//! `find SLOT`, `retire HANDLE`, and `use FILE`, which does what the consumer does and says which token that was. `ISSUER` names
//! the folder with the registry, the log and its key.
//!
//! A service would do this in its own process, behind a guarded route. Here each step opens the registry, so that a rotation can
//! be tried without a service.
#![allow(clippy::print_stdout, reason = "a command talks")]

use std::{
    error::Error,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use pollster::block_on;
use time::format_description::well_known::Rfc3339;
use token_audit::{Log, SigningKey};
use token_core::{
    Caller, RequireScopes, TokenId, UtcDateTime,
    caller::{Presented, verify},
    source,
};
use token_issue::{
    Issuer, Mint, State, Verifier,
    registry::{Rule, Sqlite},
};

token_core::policy!("issuer/tokens.toml");

#[derive(RequireScopes)]
#[require(scope::ImagePush)]
struct Push;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::var_os("ISSUER").ok_or("ISSUER names no folder")?);
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Not in `find`: where it made a new registry, a wrong folder would look like one without tokens.
        ["init"] => issuer(&folder).and_then(|(issuer, log)| close(&issuer, &log)),
        ["create", slot, attempt] => create(&folder, slot, attempt),
        ["find", slot] => find(&folder, slot),
        ["retire", handle] => retire(&folder, handle.parse()?),
        ["use", file] => use_token(&folder, file),
        _ => Err("init | create SLOT ATTEMPT | find SLOT | retire HANDLE | use FILE".into()),
    }
}

/// The issuer. It puts a token on record before it gives it away.
fn issuer(folder: &Path) -> Result<(Issuer, Log), Box<dyn Error>> {
    let key = SigningKey::from_secret(source::file(folder.join("audit.key"))?)?;
    let log = Log::open(folder.join("audit"), key)?;
    let registry = Arc::new(Sqlite::open(folder.join("tokens.db"))?);
    Ok((Issuer::options(&POLICY, registry, Arc::new(log.clone())).actor("rotation").start()?, log))
}

fn close(issuer: &Issuer, log: &Log) -> Result<(), Box<dyn Error>> {
    issuer.close(Duration::from_secs(5))?;
    log.close()?;
    Ok(())
}

/// The slot is the token's subject, so that `find` knows it also if this command is killed before it has printed a byte.
fn create(folder: &Path, slot: &str, attempt: &str) -> Result<(), Box<dyn Error>> {
    let (issuer, log) = issuer(folder)?;
    let mint = Mint::<kind::RegistryPush>::new().subject(slot).reason(attempt);
    let issued = block_on(issuer.mint(mint))?;
    let (id, expires_at) = (issued.id(), issued.expires_at().format(&Rfc3339)?);
    let token = issued.release();
    close(&issuer, &log)?;
    // A token of ours has no letter that JSON writes in another way.
    token.with_bytes("the reply of `create`", |token| {
        let mut out = std::io::stdout().lock();
        out.write_all(b"{\"token\":\"")?;
        out.write_all(token)?;
        writeln!(out, "\",\"handle\":\"{id}\",\"expires_at\":\"{expires_at}\"}}")
    })?;
    Ok(())
}

fn find(folder: &Path, slot: &str) -> Result<(), Box<dyn Error>> {
    let now = UtcDateTime::now();
    for row in Sqlite::rows(folder.join("tokens.db"), &Rule::all().subject(slot))? {
        if row.state == State::Live && row.expires_at > now {
            println!("{}", row.token);
        }
    }
    Ok(())
}

/// To end a token that has ended is no failure.
fn retire(folder: &Path, handle: TokenId) -> Result<(), Box<dyn Error>> {
    let (issuer, log) = issuer(folder)?;
    let ended = block_on(issuer.revoke(handle, "rotation"))?;
    close(&issuer, &log)?;
    match ended.tokens > 0 && !ended.is_recorded() {
        true => Err("the token has ended, and that is not on record".into()),
        false => Ok(()),
    }
}

/// Verifies the token in the file as the service would, for what the consumer does with it.
fn use_token(folder: &Path, file: &str) -> Result<(), Box<dyn Error>> {
    let token = source::file(file)?;
    let registry = Arc::new(Sqlite::open(folder.join("tokens.db"))?);
    let verifier = block_on(Verifier::options(&POLICY, registry).start())?;
    let caller: Caller<kind::RegistryPush> = token.with_bytes("as a request has it", |token| {
        block_on(verify(&verifier, Presented::new(token)))
    })?;
    let _may: token_core::Authorized<Push, kind::RegistryPush> = caller.authorize()?;
    println!("in-use {}", caller.token());
    Ok(())
}
