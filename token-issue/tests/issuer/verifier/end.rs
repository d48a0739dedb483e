//! What ends a token that is in memory.

use std::{sync::Arc, thread, time::Duration};

use pollster::block_on;
use token_core::{
    Verify,
    caller::{Hit, Refused},
};
use token_issue::{
    Mint, Narrow, Registry,
    registry::{Memory, Rule},
};

use super::{assert_from_memory, hit, is_pending, mint, real, time_until, verify};
use crate::{
    desk::{Desk, seconds},
    faulty::{Fault, FaultyRegistry},
    kind, scope,
};

/// Real time is measured on a machine that does other things too.
const A_SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_revoked_token_is_refused_by_every_verifier_within_a_second_and_so_are_its_descendants() {
    let desk = Desk::new();
    let issuer =
        token_issue::Issuer::options(&crate::POLICY, desk.registry.clone(), desk.log.clone());
    let issuer = issuer.start().unwrap();
    let verifiers: Vec<_> = (0..8).map(|_| real(&desk.registry)).collect();
    for _ in 0..3 {
        let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
        let narrow = Narrow::new().scopes::<(scope::DeployRead,)>();
        let child = block_on(issuer.narrow(&desk.caller_of(&issued), narrow)).unwrap();
        let (id, child) = (issued.id(), crate::desk::text(&child.release()));
        let tokens = [crate::desk::text(&issued.release()), child];
        for verifier in &verifiers {
            tokens.iter().for_each(|token| drop(verify(verifier, token).unwrap()));
        }
        let (_, other) = mint(&issuer, Mint::<kind::Deploy>::new());
        verifiers.iter().for_each(|verifier| drop(verify(verifier, &other).unwrap()));

        let _ = block_on(issuer.revoke(id, "a test")).unwrap();
        let is_refused =
            |token: &String| verifiers.iter().all(|verifier| verify(verifier, token).is_err());
        let time = time_until("refused", || tokens.iter().all(is_refused));
        assert!(time < A_SECOND, "{time:?}");
        for verifier in &verifiers {
            assert_eq!(verify(verifier, &tokens[0]).unwrap_err(), Refused::Revoked);
            assert_from_memory(verifier, &other);
        }
    }
}

#[test]
fn a_rule_ends_what_it_matches_and_others_are_read_again() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let of = |subject: &str| mint(&issuer, Mint::<kind::Deploy>::new().subject(subject)).1;
    let (alice, bob) = (of("alice"), of("bob"));
    let (_, reader) = mint(&issuer, Mint::<kind::Endless>::new().lifetime(seconds(60)));
    for token in [&alice, &bob, &reader] {
        verify(&verifier, token).unwrap();
    }
    let _ = block_on(issuer.revoke_matching(Rule::all().subject("alice"), "left")).unwrap();
    time_until("refused", || verify(&verifier, &alice).is_err());
    assert_eq!(verify(&verifier, &alice).unwrap_err(), Refused::Revoked);
    assert_from_memory(&verifier, &bob);
    // One that was minted since is not meant.
    verify(&verifier, &of("alice")).unwrap();
    let _ = block_on(issuer.revoke_matching(Rule::all().kind("deploy"), "leaked")).unwrap();
    time_until("refused", || verify(&verifier, &bob).is_err());
    assert_from_memory(&verifier, &reader);
    // A rule about older tokens only: this one is dropped, read again, and valid.
    let (_, newer) = mint(&issuer, Mint::<kind::Deploy>::new());
    verify(&verifier, &newer).unwrap();
    let _ =
        block_on(issuer.revoke_matching(Rule::all().kind("deploy").born_before(1), "old")).unwrap();
    time_until("dropped", || !matches!(hit(&verifier, &newer), Hit::Caller(_)));
    verify(&verifier, &newer).unwrap();
}

#[test]
fn who_waits_for_the_end_hears_of_a_revocation_within_a_second() {
    let desk = Desk::new();
    let options =
        token_issue::Issuer::options(&crate::POLICY, desk.registry.clone(), desk.log.clone());
    let issuer = options.start().unwrap();
    let verifier = real(&desk.registry);
    let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    let caller = verify(&verifier, &token).unwrap();
    assert!(matches!(verifier.recheck(&caller), Hit::Caller(_)));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(verifier.until_invalid(&caller)));
        thread::sleep(Duration::from_millis(300));
        assert!(!waiter.is_finished());
        let _ = block_on(issuer.revoke(id, "a test")).unwrap();
        let time = time_until("ended", || waiter.is_finished());
        assert!(time < A_SECOND, "{time:?}");
        assert_eq!(waiter.join().unwrap(), Refused::Revoked);
    });
    assert!(!matches!(verifier.recheck(&caller), Hit::Caller(_)));
}

#[test]
fn who_waits_for_the_end_hears_of_an_expiry_and_not_of_the_end_of_others() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let caller = |lifetime| {
        let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new().lifetime(seconds(lifetime)));
        (id, verify(&verifier, &token).unwrap())
    };
    let ((_, short), (_, long), (other, _)) = (caller(60), caller(600), caller(600));
    let (_, ticket) = mint(&issuer, Mint::<kind::Ticket>::new());
    let ticket = verify(&verifier, &ticket).unwrap();
    thread::scope(|scope| {
        let [short, long, ticket] = [&short, &long, &ticket]
            .map(|caller| scope.spawn(|| block_on(verifier.until_invalid(caller))));
        let _ = block_on(issuer.revoke(other, "a test")).unwrap();
        thread::sleep(Duration::from_millis(600));
        assert!(!short.is_finished() && !long.is_finished() && !ticket.is_finished());
        // In steps that are shorter than a lease, so that the registry is heard of in between.
        for _ in 0..150 {
            desk.clock.advance(Duration::from_millis(400));
            thread::sleep(Duration::from_millis(2));
        }
        time_until("ended", || short.is_finished());
        let ended = short.join().unwrap();
        assert!(matches!(ended, Refused::Expired | Refused::Unavailable { .. }), "{ended}");
        desk.clock.advance(seconds(600));
        time_until("ended", || long.is_finished() && ticket.is_finished());
    });
}

/// The registry answers about the token, and says nothing of what was revoked.
#[test]
fn who_waits_for_the_end_is_told_when_the_lease_is_lost() {
    let registry =
        Arc::new(FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() });
    let desk = Desk::with(registry.clone());
    let options =
        token_issue::Issuer::options(&crate::POLICY, desk.registry.clone(), desk.log.clone());
    let issuer = options.start().unwrap();
    let verifier = real(&desk.registry);
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    let caller = verify(&verifier, &token).unwrap();
    registry.trap.arm_on("poll", 1, usize::MAX, Fault::Errs);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(verifier.until_invalid(&caller)));
        let time = time_until("ended", || waiter.is_finished());
        assert!(time < A_SECOND + Duration::from_millis(500), "{time:?}");
        assert!(matches!(waiter.join().unwrap(), Refused::Unavailable { .. }));
    });
}

#[test]
fn a_wait_that_is_given_up_leaves_nothing_behind() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    let caller = verify(&verifier, &token).unwrap();
    for _ in 0..1_000 {
        assert!(is_pending(verifier.until_invalid(&caller)));
    }
    assert_from_memory(&verifier, &token);
}

#[test]
fn the_threads_end_with_the_last_clone() {
    let desk = Desk::new();
    let verifier = desk.verifier();
    let clone = verifier.clone();
    drop(verifier);
    let before = Arc::strong_count(&desk.registry);
    drop(clone);
    time_until("ended", || Arc::strong_count(&desk.registry) < before);
    let _: &dyn Registry = &*desk.registry;
}
