//! Credentials of several parts, as AWS gives them: an id, a key that signs, and a session token, in one document.
//!
//! `cargo run --example key_pair`
//!
//! There is no token of several parts. The parts are used differently, and one of them is no secret:
//!
//! - `AccessKeyId` is a name. It is sent in the clear and stands in AWS's logs, so it is an ordinary setting.
//! - `SecretAccessKey` signs and is never sent. It is a kind of its own.
//! - `SessionToken` is sent. It is a kind of its own, too, with the same expiry.
//!
//! So an operation that needs both asks for both, and the compiler checks the scopes of each.

#![allow(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;

use serde::Deserialize;
use time::{Duration, UtcDateTime, format_description::well_known::Rfc3339};
use token_core::{Grant, RequireScopes, Token, source::ConfigFile};

token_core::policy!("key_pair.toml");

/// What is no secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    access_key_id: String,
    expiration: String,
}

struct Credentials {
    access_key_id: String,
    secret_key: Token<kind::AwsSecretKey>,
    session_token: Token<kind::AwsSessionToken>,
}

#[derive(RequireScopes)]
#[require(scope::S3Read)]
struct GetObject<'a> {
    key: &'a str,
}

fn main() -> Result<(), Box<dyn Error>> {
    // A service opens the file: `ConfigFile::open_json(path)`.
    let credentials = read(ConfigFile::from_json(document()?)?)?;
    let operation = GetObject { key: "report.csv" };
    let key = credentials.secret_key.expose_for(&operation)?;
    let session = credentials.session_token.expose_for(&operation)?;
    // `key.as_bytes()` goes to the signer (SigV4), `session` into the header `x-amz-security-token`.
    println!("get {} as {}: sign with {key:?}", operation.key, credentials.access_key_id);
    let expires_at = credentials.secret_key.expires_at().ok_or("the document says when")?;
    println!("send {session:?}; both expire at {expires_at}");
    Ok(())
}

fn read(mut document: ConfigFile) -> Result<Credentials, Box<dyn Error>> {
    let (secret_key, session_token) =
        (document.take("SecretAccessKey")?, document.take("SessionToken")?);
    let settings: Settings = serde_json::from_str(document.rest())?;
    let expires_at = UtcDateTime::parse(&settings.expiration, &Rfc3339)?;
    let grant = Grant::new("s3:read").expires_at(expires_at);
    Ok(Credentials {
        access_key_id: settings.access_key_id,
        secret_key: Token::admit(secret_key, &grant)?,
        session_token: Token::admit(session_token, &grant)?,
    })
}

/// As a `credential_process` of AWS prints it.
fn document() -> Result<String, Box<dyn Error>> {
    let expiration = (UtcDateTime::now() + Duration::hours(1)).format(&Rfc3339)?;
    let (secret, session) = ("Abcdefgh12".repeat(4), "Session123/".repeat(9));
    Ok(format!(
        r#"{{"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "{secret}", "SessionToken": "{session}", "Expiration": "{expiration}"}}"#
    ))
}
