//! Tokens to try the service with. In production an issuer does, such as `examples/issuer.rs`: a program of its own with a log of its own.

use std::{
    error::Error,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
};

use tempfile::NamedTempFile;
use token_core::Secret;
use token_issue::{Issuer, Mint};
use tokio::runtime::Runtime;

use crate::{kind, scope};

pub(crate) fn tell(
    runtime: &Runtime,
    issuer: &Issuer,
    dir: &Path,
    address: SocketAddr,
) -> Result<(), Box<dyn Error>> {
    let mint = || Mint::<kind::Clerk>::new().subject("clerk-7").reason("to try the service");
    let clerk = runtime.block_on(issuer.mint(mint()))?.release();
    let reader =
        runtime.block_on(issuer.mint(mint().scopes::<(scope::ShipmentRead,)>()))?.release();
    put(&dir.join("clerk"), &clerk)?;
    put(&dir.join("reader"), &reader)?;
    println!("export URL=http://{address}");
    println!("export DIR={}", dir.display());
    println!(
        "Paste these lines into another shell. Then: curl -si $URL/shipments/7 -X POST -H @$DIR/clerk"
    );
    Ok(())
}

/// A file that `curl -H @FILE` reads, so that no token stands in a command line. Only this user may read it. That of an earlier
/// start is replaced.
fn put(path: &Path, token: &Secret) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(b"Authorization: Bearer ")?;
    token.with_bytes("goes to a file of this user", |token| file.write_all(token))?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
