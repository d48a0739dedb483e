//! A service whose config file holds a token among its settings.
//!
//! `cargo run --example config`

#![allow(clippy::print_stdout, reason = "an example talks")]

use std::{error::Error, fs, os::unix::fs::PermissionsExt, path::Path};

use serde::Deserialize;
use time::UtcDateTime;
use token_core::{Grant, RequireScopes, Token, source::ConfigFile};

token_core::policy!("config.toml");

/// What the settings library reads. It never gets the token, so it can neither
/// keep a copy of it nor quote it in an error.
#[derive(Debug, Deserialize)]
struct Settings {
    listen: String,
    mail: Mail,
}

#[derive(Debug, Deserialize)]
struct Mail {
    host: String,
    token: String,
}

#[derive(RequireScopes)]
#[require(scope::MailSend)]
struct SendMail<'a> {
    to: &'a str,
}

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("service.toml");
    write_config(&path)?;

    // The token leaves the text before anything else reads it.
    let mut config = ConfigFile::open_toml(&path)?;
    let secret = config.take("mail.token")?;
    let settings: Settings = toml::from_str(config.rest())?;
    println!("{settings:#?}");

    let written = UtcDateTime::from(fs::metadata(&path)?.modified()?);
    let grant = Grant::assumed::<kind::Mailer>(written);
    let token = Token::<kind::Mailer>::admit(secret, &grant)?;
    let operation = SendMail { to: "alice@example.org" };
    let exposed = token.expose_for(&operation)?;
    println!("to {} by {} with {exposed:?} of {token:?}", operation.to, settings.mail.host);
    println!(
        "listening on {}; in the text the token reads {}",
        settings.listen, settings.mail.token
    );

    // An error about the file names the place, and never the token.
    println!("{}", config.take("mail.key").expect_err("there is no such field"));
    Ok(())
}

fn write_config(path: &Path) -> Result<(), Box<dyn Error>> {
    let token = "0123456789abcdef".repeat(2);
    let text = format!(
        "listen = '127.0.0.1:8080'\n\n[mail]\nhost = 'smtp.example.org'\ntoken = '{token}'\n"
    );
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(())
}
