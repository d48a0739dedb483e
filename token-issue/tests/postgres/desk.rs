//! An issuer and verifiers on one registry.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    Caller, TokenId,
    caller::{Presented, Refused, verify},
    record::InMemory,
};
use token_issue::{Issuer, Mint, Registry, Verifier};

use crate::{POLICY, kind};

pub(crate) fn issuer(registry: Arc<dyn Registry>) -> Issuer {
    let log = Arc::new(InMemory::named("example.com/tokens"));
    Issuer::options(&POLICY, registry, log).start().unwrap()
}

pub(crate) fn verifier(registry: Arc<dyn Registry>) -> Verifier {
    block_on(Verifier::options(&POLICY, registry).start()).unwrap()
}

pub(crate) fn mint(issuer: &Issuer) -> (TokenId, Vec<u8>) {
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let id = issued.id();
    (id, issued.release().with_bytes("a test presents it", <[u8]>::to_vec))
}

pub(crate) fn accepts(verifier: &Verifier, token: &[u8]) -> Result<(), Refused> {
    let caller: Result<Caller<kind::Deploy>, _> = block_on(verify(verifier, Presented::new(token)));
    caller.map(drop)
}

/// Waits, and says how long it took.
#[track_caller]
pub(crate) fn time_until(what: &str, is_true: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(20), "not in 20 s: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}
