//! A registry that has lost revocations.

use std::sync::Arc;

use pollster::block_on;
use token_core::record::Log;
use token_issue::{ErrorKind, Issuer, Mint, Pepper, Peppers, Registry, registry::Memory};

use crate::{
    desk::{Desk, eventually, seconds},
    kind,
};

/// A desk whose log knows a revocation.
fn revoked() -> Desk {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let _ = block_on(issuer.revoke(issued.id(), "leaked")).unwrap();
    let _ = issued.release();
    issuer.close(seconds(10)).unwrap();
    desk
}

#[test]
fn an_issuer_does_not_start_on_a_registry_that_is_older_than_its_log() {
    let desk = revoked();
    let events = desk.events().len();
    // An empty one, and one that has come as far, by another way.
    let (empty, other) = (Arc::new(Memory::new()), revoked().registry);
    for registry in [empty as Arc<dyn Registry>, other] {
        let desk = Desk { registry, log: Arc::clone(&desk.log), clock: Arc::clone(&desk.clock) };
        let error = desk.options().start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OtherHistory);
        let said = error.to_string();
        assert!(said.contains("revocation 1") && said.contains("revoke_all_if_older"), "{said}");
        assert_eq!(desk.events().len(), events, "nothing is written");
    }
    assert!(desk.options().start().is_ok());
}

#[test]
fn all_tokens_of_an_older_registry_can_be_revoked() {
    let desk = revoked();
    let old = Desk::new();
    let issuer = old.issuer();
    let forgotten = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    issuer.close(seconds(10)).unwrap();
    let desk = Desk { registry: Arc::clone(&old.registry), ..desk };
    let issuer = desk.options().revoke_all_if_older().start().unwrap();
    assert!(desk.live().is_empty());
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    assert_eq!(desk.live(), [issued.id()]);
    let _ = (issued.release(), forgotten.release());
    issuer.close(seconds(10)).unwrap();
    assert!(desk.options().start().is_ok(), "its history is the log's now");
}

#[test]
fn a_registry_that_was_pruned_is_newer() {
    let desk = revoked();
    desk.clock.advance(seconds(7200));
    // Another issuer goes on, and prunes.
    let other = Desk { log: revoked().log, ..Desk::with(Arc::clone(&desk.registry)) };
    other.clock.advance(seconds(7200));
    let log = Arc::new(token_core::record::InMemory::named("example.com/other"));
    let other = Desk { log, ..other };
    let issuer = other.issuer();
    for _ in 0..3 {
        let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
        let _ = block_on(issuer.revoke(issued.id(), "leaked")).unwrap();
        let _ = issued.release();
    }
    other.clock.advance(seconds(7200));
    assert!(block_on(issuer.prune()).unwrap().pruned_to >= 2);
    assert!(desk.options().start().is_ok());
}

#[test]
fn nothing_is_minted_while_the_registry_is_another_one() {
    let desk = revoked();
    let swap = Arc::new(crate::faulty::Swapped::new(Arc::clone(&desk.registry)));
    let log = Arc::clone(&desk.log) as Arc<dyn Log>;
    let issuer = Issuer::options(&crate::POLICY, Arc::clone(&swap) as Arc<dyn Registry>, log)
        .start()
        .unwrap();
    swap.put(Arc::new(Memory::new()));
    let kind =
        || block_on(issuer.mint(Mint::<kind::Deploy>::new())).err().map(|error| error.kind());
    eventually("it is noticed", || kind() == Some(ErrorKind::OtherHistory));
    swap.put(Arc::clone(&desk.registry));
    eventually("the right one is back", || kind().is_none());
}

#[test]
fn a_third_pepper_is_refused_until_its_tokens_have_expired() {
    let pepper = |byte: u8| Pepper::new(vec![byte; 32].into()).unwrap();
    let desk = Desk::new();
    let start = |peppers| desk.options().peppers(peppers).start();
    start(Peppers::of(pepper(1))).unwrap();
    start(Peppers::of(pepper(2)).replacing(pepper(1))).unwrap();
    let third = || Peppers::of(pepper(3)).replacing(pepper(2));
    assert_eq!(start(third()).unwrap_err().kind(), ErrorKind::PepperInUse);
    desk.clock.advance(seconds(3600 * 24 * 365));
    assert_eq!(
        start(third()).unwrap_err().kind(),
        ErrorKind::PepperInUse,
        "`endless` has no maximum"
    );
    desk.clock.advance(seconds(3600 * 24 * 365 * 100));
    assert!(start(third()).is_ok());
}
