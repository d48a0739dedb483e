//! Stands in for an issuer: writes tokens to disk, as a secret manager or an
//! OAuth client would, and keeps only their ids.

use std::{fs, io, io::Read, os::unix::fs::PermissionsExt, path::Path};

use token_core::TokenId;

/// The ids of the tokens that the server shall know.
pub(crate) fn issue(dir: &Path) -> io::Result<[Option<TokenId>; 2]> {
    let (ci, deployer) = (random_token()?, random_token()?);
    write(dir, "github", &format!("{ci}\n"), 0o600)?;
    write(dir, "readable_by_all", &random_token()?, 0o644)?;
    write(dir, "response.json", &response(&deployer, "deploy:run repo:read", 600), 0o600)?;
    write(dir, "too_much.json", &response(&random_token()?, "repo:read repo:write", 600), 0o600)?;
    Ok([ci, deployer].map(|token| TokenId::of(token.as_bytes())))
}

fn response(token: &str, scope: &str, expires_in: u32) -> String {
    format!(
        r#"{{"access_token": "{token}", "token_type": "Bearer", "expires_in": {expires_in}, "scope": "{scope}"}}"#
    )
}

fn write(dir: &Path, name: &str, text: &str, mode: u32) -> io::Result<()> {
    fs::write(dir.join(name), text)?;
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode))
}

fn random_token() -> io::Result<String> {
    let mut bytes = [0; 20];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
