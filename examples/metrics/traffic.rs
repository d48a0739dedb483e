//! Something to be counted: tokens that are used, a revocation, and a flood.

use std::{error::Error, time::Duration};

use pollster::block_on;
use token_core::{
    Caller, Secret, TokenKind,
    caller::{Presented, Refused, verify},
};
use token_issue::{Issued, Issuer, Mint, Verifier, generate};

use crate::kind;

pub(crate) fn make(issuer: &Issuer, verifier: &Verifier) -> Result<(), Box<dyn Error>> {
    let mut tokens = Vec::new();
    for job in 0..20 {
        let mint = Mint::<kind::Deploy>::new().subject(format!("job-{job}"));
        tokens.push(block_on(issuer.mint(mint))?);
    }
    let first = tokens.first().map(Issued::id).ok_or("no token")?;
    let tokens: Vec<Secret> = tokens.into_iter().map(Issued::release).collect();
    for token in tokens.iter().cycle().take(2_000) {
        present::<kind::Deploy>(verifier, token)?;
    }
    let _ = block_on(issuer.revoke(first, "was in a public log"))?;

    // Somebody knows what our tokens look like. The budget is saved for ten seconds, so a thousand of them are looked for.
    for _ in 0..1_500 {
        let _ = present::<kind::Deploy>(verifier, &generate::<kind::Deploy>()?);
    }
    // Another kind does not notice.
    let other = block_on(issuer.mint(Mint::<kind::Build>::new()))?.release();
    present::<kind::Build>(verifier, &other)?;

    // A verifier hears of a revocation by itself.
    std::thread::sleep(Duration::from_secs(1));
    let _ = present::<kind::Deploy>(verifier, tokens.first().ok_or("no token")?);
    let _ = block_on(verify::<kind::Deploy>(verifier, Presented::new(b"acme_deploy_mistyped")));
    Ok(())
}

/// As a request does it.
fn present<K: TokenKind>(verifier: &Verifier, token: &Secret) -> Result<Caller<K>, Refused> {
    token.with_bytes("as a request has it", |token| {
        block_on(verify(verifier, Presented::new(token)))
    })
}
