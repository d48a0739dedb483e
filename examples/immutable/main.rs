//! A service that runs only where it was locked: its policy, its source and its tokens are those that were reviewed.

use std::{env, error::Error, fs};

use token_core::{Admission, Grant, RequireScopes, Token, TokenKind, UtcDateTime, source};

token_core::policy!("../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::ImagePush)]
struct Push;

#[derive(RequireScopes)]
#[require(scope::SiteWrite)]
struct Publish;

fn main() -> Result<(), Box<dyn Error>> {
    let lock = env::args().nth(1).unwrap_or_else(|| "tokens.lock".into());
    let locked = POLICY.check_lock(lock, "production")?;
    let admission = Admission::new().locked_by(locked);
    let registry: Token<kind::Registry> = load(&admission, "registry.token")?;
    let site: Token<kind::Site> = load(&admission, "site.token")?;
    // Here the service would push an image and publish a page.
    drop((registry.expose_for(&Push)?, site.expose_for(&Publish)?));
    Ok(())
}

/// Loads a token from the file that the policy names. Its issuer says nothing about it, so it lives as long as the policy
/// says, counted from the time at which the file was written.
fn load<K: TokenKind>(admission: &Admission, file: &str) -> Result<Token<K>, Box<dyn Error>> {
    let written: UtcDateTime = fs::metadata(file)?.modified()?.into();
    let token = admission.admit::<K>(source::load::<K>()?, &Grant::assumed::<K>(written))?;
    let id = token.id().ok_or("the token could be guessed: replace it")?;
    let standing = if token.is_behind() { "newer than the lock" } else { "as locked" };
    println!("{} {id} {standing}", K::COMPILED.name);
    Ok(token)
}
