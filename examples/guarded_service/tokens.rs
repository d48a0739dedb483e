//! Tokens to try the service with: files with a header each, so that no token stands in a command line.

use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use token_core::{Secret, TokenKind};
use token_issue::{Issuer, Mint};

use crate::{kind, scope};

pub(crate) async fn write(issuer: &Issuer, dir: &Path) -> Result<(), Box<dyn Error>> {
    let job = || Mint::<kind::Deploy>::new().subject("job-17").reason("to try the service");
    let narrow = job().scopes::<(scope::DeployRead,)>();
    let viewer = Mint::<kind::Viewer>::new().subject("dashboard").reason("to try the service");
    header(&dir.join("deploy"), issuer, job()).await?;
    header(&dir.join("narrow"), issuer, narrow).await?;
    header(&dir.join("viewer"), issuer, viewer).await?;
    header(&dir.join("expired"), issuer, job().lifetime(Duration::from_secs(1))).await?;
    let issued = issuer.mint(job()).await?;
    let id = issued.id();
    put(&dir.join("revoked"), &issued.release())?;
    let _ = issuer.revoke(id, "to try the service").await?;
    Ok(())
}

async fn header<K: TokenKind>(
    path: &Path,
    issuer: &Issuer,
    mint: Mint<K>,
) -> Result<(), Box<dyn Error>> {
    Ok(put(path, &issuer.mint(mint).await?.release())?)
}

/// A file that `curl -H @FILE` reads. Nobody else can: the folder is this user's.
fn put(path: &Path, token: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(b"Authorization: Bearer ")?;
    token.with_bytes("goes to a file of this user", |token| file.write_all(token))
}
