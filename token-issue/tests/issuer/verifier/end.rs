//! What ends a token that is in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use pollster::block_on;
use token_core::{
    TokenKind, Verify,
    caller::{Hit, Refused},
};
use token_issue::{
    Health, LONGEST_STREAM, Mint, Narrow, Registry,
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
        time_until("ended", || long.is_finished());
        ticket.join().unwrap();
    });
}

/// A ticket must be used before it expires. What it opened lasts longer, and not for ever.
#[test]
fn what_a_ticket_opened_outlives_the_ticket_and_ends_after_a_while() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, ticket) = mint(&issuer, Mint::<kind::Ticket>::new());
    let caller = verify(&verifier, &ticket).unwrap();
    let lifetime = kind::Ticket::COMPILED.max_lifetime.unwrap();
    // The registry is not heard of while the clock jumps, so the lease is lost and has to come back.
    let advance = |by: Duration| {
        desk.clock.advance(by);
        time_until("ready", || verifier.health() == Health::Ready);
    };
    advance(lifetime + seconds(60));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(verifier.until_invalid(&caller)));
        // Others are revoked, also of its kind, and it is looked at again.
        for _ in 0..3 {
            let (other, _) = mint(&issuer, Mint::<kind::Ticket>::new().subject("other"));
            let _ = block_on(issuer.revoke(other, "a test")).unwrap();
        }
        let rule = Rule::all().kind("ticket").born_before(0);
        let _ = block_on(issuer.revoke_matching(rule, "older ones")).unwrap();
        thread::sleep(Duration::from_millis(700));
        assert!(!waiter.is_finished());
        assert_eq!(verify(&verifier, &ticket).unwrap_err(), Refused::Spent);
        advance(LONGEST_STREAM);
        time_until("ended", || waiter.is_finished());
        let ended = waiter.join().unwrap();
        assert!(matches!(ended, Refused::Expired | Refused::Unavailable { .. }), "{ended}");
    });
    assert_eq!(block_on(verifier.until_invalid(&caller)), Refused::Expired);
}

/// How the stream of a ticket is ended, and by what.
#[test]
fn what_a_ticket_opened_ends_within_a_second_of_a_revocation() {
    use token_core::TokenId;
    type Revoke = fn(&token_issue::Issuer, TokenId);
    const WAYS: [Revoke; 4] = [
        |issuer, id| drop(block_on(issuer.revoke(id, "a test")).unwrap()),
        |issuer, _| drop(block_on(issuer.revoke_matching(of("alice"), "a test")).unwrap()),
        |issuer, _| {
            let rule = Rule::all().kind("ticket");
            drop(block_on(issuer.revoke_matching(rule, "a test")).unwrap());
        },
        |issuer, _| drop(block_on(issuer.revoke_matching(Rule::all(), "a test")).unwrap()),
    ];
    fn of(subject: &str) -> Rule {
        Rule::all().subject(subject)
    }
    for revoke in WAYS {
        let desk = Desk::new();
        let options =
            token_issue::Issuer::options(&crate::POLICY, desk.registry.clone(), desk.log.clone());
        let issuer = options.start().unwrap();
        let verifiers = [real(&desk.registry), real(&desk.registry)];
        let (id, ticket) = mint(&issuer, Mint::<kind::Ticket>::new().subject("alice"));
        let caller = verify(&verifiers[0], &ticket).unwrap();
        thread::scope(|scope| {
            // A node that was told of the caller can wait as well as the one that took the ticket.
            let waiters = verifiers
                .each_ref()
                .map(|verifier| scope.spawn(|| block_on(verifier.until_invalid(&caller))));
            thread::sleep(Duration::from_millis(300));
            assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
            revoke(&issuer, id);
            let time =
                time_until("ended", || waiters.iter().all(thread::ScopedJoinHandle::is_finished));
            assert!(time < A_SECOND, "{time:?}");
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Refused::Revoked);
            }
        });
        // Who begins to wait afterwards hears it at once.
        assert_eq!(block_on(verifiers[0].until_invalid(&caller)), Refused::Revoked);
        assert_eq!(verify(&verifiers[1], &ticket).unwrap_err(), Refused::Revoked);
    }
}

/// A revocation of somebody else is no question to the registry for each open stream.
#[test]
fn who_waits_with_a_ticket_asks_the_registry_only_if_it_may_concern_him() {
    let registry =
        Arc::new(FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() });
    let desk = Desk::with(registry.clone());
    let options =
        token_issue::Issuer::options(&crate::POLICY, desk.registry.clone(), desk.log.clone());
    let issuer = options.start().unwrap();
    let verifier = real(&desk.registry);
    let (_, ticket) = mint(&issuer, Mint::<kind::Ticket>::new().subject("alice"));
    let caller = verify(&verifier, &ticket).unwrap();
    let (_, short) = mint(&issuer, Mint::<kind::Deploy>::new().lifetime(seconds(2)));
    let short = verify(&verifier, &short).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(verifier.until_invalid(&caller)));
        let expires = scope.spawn(|| block_on(verifier.until_invalid(&short)));
        thread::sleep(Duration::from_millis(300));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        registry.trap.after_each(move |method| {
            // The issuer asks on its own, for its records.
            let is_ours = thread::current().name() != Some("token-issuer");
            if method == "show" && is_ours {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let (other, _) = mint(&issuer, Mint::<kind::Ticket>::new().subject("bob"));
        let _ = block_on(issuer.revoke(other, "a test")).unwrap();
        let by_revoke = asked.load(Ordering::SeqCst);
        let rule = Rule::all().kind("ticket").subject("bob");
        let _ = block_on(issuer.revoke_matching(rule, "a test")).unwrap();
        // Nor is it asked when the token of another expires.
        assert_eq!(expires.join().unwrap(), Refused::Expired);
        thread::sleep(Duration::from_millis(300));
        assert_eq!(asked.load(Ordering::SeqCst), by_revoke);
        let _ = block_on(issuer.revoke_matching(Rule::all().subject("alice"), "a test")).unwrap();
        time_until("ended", || waiter.is_finished());
        assert_eq!(asked.load(Ordering::SeqCst), by_revoke + 1);
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
