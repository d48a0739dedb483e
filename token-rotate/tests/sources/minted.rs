//! Tokens of an issuer in the same program.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    Admission, Caller, Token,
    caller::{Presented, Refused, verify},
    record::InMemory,
};
use token_issue::{Mint, Verifier, registry::Memory};
use token_rotate::{AsyncIssuer, Handle, Issuer, Minted};

use crate::{
    POLICY,
    kind::{Ours, Plain, Writer},
    support::{attempt, text},
};

fn service() -> (token_issue::Issuer, Verifier) {
    let (registry, log) = (Arc::new(Memory::new()), Arc::new(InMemory::new()));
    let issuer = token_issue::Issuer::options(&POLICY, registry.clone(), log).actor("test").start();
    (
        issuer.unwrap(),
        block_on(Verifier::options(&POLICY, registry).audience("https://orders.example").start())
            .unwrap(),
    )
}

fn mint<K: token_core::TokenKind>() -> Mint<K> {
    Mint::new().lifetime(Duration::from_secs(600)).subject("job-17")
}

fn caller<K: token_core::TokenKind>(
    verifier: &Verifier,
    token: &str,
) -> Result<Caller<K>, Refused> {
    block_on(verify(verifier, Presented::new(token.as_bytes())))
}

#[test]
fn a_minted_token_is_admitted_and_ends_when_it_is_retired() {
    let (issuer, verifier) = service();
    let minted = Minted::new(issuer, mint::<Writer>);
    let fetched = Issuer::<Writer>::fetch(&minted, &attempt()).unwrap();
    let (secret, grant, handle) = fetched.into_secret().unwrap();
    let (text, handle) = (text(&secret), handle.unwrap());
    let token: Token<Writer> = Admission::new().admit(secret, &grant).unwrap();
    assert!(token.remaining() > Duration::from_secs(590));
    assert_eq!(handle.as_str(), token.id().unwrap().to_string());
    assert_eq!(caller::<Writer>(&verifier, &text).unwrap().subject(), Some("job-17"));

    for _ in 0..2 {
        Issuer::<Writer>::retire(&minted, &handle).unwrap();
    }
    // A verifier may answer from memory for a second.
    let started = Instant::now();
    while caller::<Writer>(&verifier, &text).is_ok() {
        assert!(started.elapsed() < Duration::from_secs(2), "it is still accepted");
        thread::sleep(Duration::from_millis(10));
    }
    Issuer::<Writer>::retire(&minted, &Handle::new("no id")).unwrap();
}

#[test]
fn it_awaits_too() {
    let (issuer, _verifier) = service();
    let minted = Minted::new(issuer, mint::<Ours>);
    let fetched = block_on(AsyncIssuer::<Ours>::fetch(&minted, &attempt())).unwrap();
    let (_, _, handle) = fetched.into_secret().unwrap();
    block_on(AsyncIssuer::<Ours>::retire(&minted, &handle.unwrap())).unwrap();
}

#[test]
fn what_the_policy_forbids_is_final_and_a_closed_issuer_too() {
    let (issuer, _verifier) = service();
    let too_long =
        Minted::new(issuer.clone(), || mint::<Ours>().lifetime(Duration::from_secs(7200)));
    assert!(Issuer::<Ours>::fetch(&too_long, &attempt()).unwrap_err().is_final());
    let no_format = Minted::new(issuer.clone(), mint::<Plain>);
    let failure = Issuer::<Plain>::fetch(&no_format, &attempt()).unwrap_err();
    assert!(failure.is_final() && failure.to_string().contains("format"), "{failure}");
    issuer.close(Duration::from_secs(5)).unwrap();
    let closed = Minted::new(issuer, mint::<Ours>);
    assert!(Issuer::<Ours>::fetch(&closed, &attempt()).unwrap_err().is_final());
}
