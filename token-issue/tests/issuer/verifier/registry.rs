//! A registry that has lost revocations.

use std::sync::Arc;

use pollster::block_on;
use token_core::caller::Refused;
use token_issue::{Health, Mint, registry::Memory};

use super::{mint, time_until, verify};
use crate::{
    desk::Desk,
    faulty::{FaultyRegistry, Swapped},
    kind,
};

#[test]
fn another_history_is_refused_and_told_until_the_right_one_is_back() {
    let first: Arc<Memory> = Arc::new(Memory::new());
    let registry = Arc::new(Swapped::new(first.clone()));
    let desk = Desk::with(registry.clone());
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    let (revoked, _) = mint(&issuer, Mint::<kind::Deploy>::new());
    let _ = block_on(issuer.revoke(revoked, "a test")).unwrap();
    verify(&verifier, &token).unwrap();
    time_until("applied", || format!("{:?}", verifier.health()).contains("Ready"));

    // As many revocations, but others.
    let other = Desk::new();
    let (revoked, _) = mint(&other.issuer(), Mint::<kind::Deploy>::new());
    block_on(other.registry.revoke(revoked)).unwrap();
    registry.put(other.registry.clone());
    let unavailable =
        |token: &str| matches!(verify(&verifier, token), Err(Refused::Unavailable { .. }));
    time_until("refused", || unavailable(&token));
    let Health::Distrusted { why, .. } = verifier.health() else {
        panic!("{:?}", verifier.health());
    };
    assert!(why.to_string().contains("another history"), "{why}");
    assert_eq!(verifier.remembered(), 0);
    let (_, unread) = mint(&other.issuer(), Mint::<kind::Deploy>::new());
    assert!(unavailable(&unread));

    registry.put(first);
    time_until("back", || verify(&verifier, &token).is_ok());
    time_until("ready", || verifier.health() == Health::Ready);
}

/// A registry that hears of revocations has them applied before the next poll is due, 125 ms later in the mean.
#[test]
fn a_verifier_asks_at_once_when_the_registry_says_that_something_was_revoked() {
    let registry = FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() };
    let registry = Arc::new(registry);
    let desk = Desk::with(registry.clone());
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    time_until("it listens", || registry.trap.tell() == 1);
    let mut delays = Vec::new();
    for _ in 0..20 {
        let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new());
        verify(&verifier, &token).unwrap();
        block_on(desk.registry.revoke(id)).unwrap();
        assert_eq!(registry.trap.tell(), 1);
        delays.push(time_until("refused", || verify(&verifier, &token).is_err()));
    }
    delays.sort_unstable();
    assert!(delays[10] < std::time::Duration::from_millis(50), "{delays:?}");
    drop(verifier);
    time_until("nobody listens", || registry.trap.tell() == 0);
}

#[test]
fn an_empty_registry_in_place_of_one_with_revocations_is_refused() {
    let registry = Arc::new(Swapped::new(Arc::new(Memory::new())));
    let desk = Desk::with(registry.clone());
    let issuer = desk.issuer();
    let (revoked, _) = mint(&issuer, Mint::<kind::Deploy>::new());
    let _ = block_on(issuer.revoke(revoked, "a test")).unwrap();
    let verifier = desk.verifier();
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    verify(&verifier, &token).unwrap();
    registry.put(Arc::new(Memory::new()));
    time_until("refused", || verify(&verifier, &token).is_err());
    // A busy machine may have let the lease run out before.
    time_until("distrusted", || matches!(verifier.health(), Health::Distrusted { .. }));
}

#[test]
fn a_verifier_that_slept_through_a_pruning_begins_anew() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    verify(&verifier, &token).unwrap();
    for _ in 0..3 {
        let (gone, _) = mint(&issuer, Mint::<kind::Deploy>::new());
        let _ = block_on(issuer.revoke(gone, "a test")).unwrap();
    }
    // Everything about revoked tokens may go, whether the verifier has heard of it or not.
    desk.clock.advance(crate::desk::seconds(800));
    block_on(desk.registry.prune(crate::desk::start() + crate::desk::seconds(10_000))).unwrap();
    time_until("ready", || verifier.health() == Health::Ready);
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Unknown);
}
