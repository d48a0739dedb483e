//! Tokens to try the service with. In production an administrator mints them, or an endpoint of an issuer does.

use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
};

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

/// A file that `curl -H @FILE` reads, so that no token stands in a command line. Nobody else can: the folder is this user's.
fn put(path: &Path, token: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(b"Authorization: Bearer ")?;
    token.with_bytes("goes to a file of this user", |token| file.write_all(token))
}
