//! Tokens that may be used once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use pollster::block_on;
use token_core::{
    Verify,
    caller::{Hit, Refused},
    record::Action,
};
use token_issue::{Mint, State, registry::Memory};

use super::{hit, is_pending, mint, verify};
use crate::{
    desk::Desk,
    faulty::{FaultyRegistry, Swapped},
    kind,
};

#[test]
fn of_all_who_present_it_at_the_same_time_one_is_accepted() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let verifiers = [desk.verifier(), desk.verifier()];
    for _ in 0..100 {
        let (id, token) = mint(&issuer, Mint::<kind::Ticket>::new());
        let (accepted, spent) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for verifier in verifiers.iter().cycle().take(4) {
                scope.spawn(|| match verify(verifier, &token) {
                    Ok(caller) => {
                        assert_eq!(caller.token(), id);
                        accepted.fetch_add(1, Ordering::SeqCst)
                    }
                    Err(Refused::Spent) => spent.fetch_add(1, Ordering::SeqCst),
                    Err(refused) => panic!("{refused}"),
                });
            }
        });
        assert_eq!([accepted, spent].map(AtomicUsize::into_inner), [1, 3]);
    }
    assert_eq!(verifiers.map(|verifier| verifier.remembered()), [0, 0]);
}

#[test]
fn it_never_comes_from_memory_and_its_use_is_put_on_record() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (id, token) = mint(&issuer, Mint::<kind::Ticket>::new());
    assert_eq!(desk.open(), [id]);
    assert!(matches!(hit(&verifier, &token), Hit::Miss));
    verify(&verifier, &token).unwrap();
    assert_eq!(desk.row(id).state, State::Spent);
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Spent);
    // The issuer looks for it once in a while, and at its end.
    issuer.close(crate::desk::seconds(5)).unwrap();
    assert_eq!(desk.open(), []);
}

/// What it opened may go on, so its end is on record as that of any other.
#[test]
fn one_that_was_used_can_be_revoked_and_that_is_on_record() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (id, token) = mint(&issuer, Mint::<kind::Ticket>::new().subject("alice"));
    verify(&verifier, &token).unwrap();
    let revocation = block_on(issuer.revoke(id, "signed out")).unwrap();
    assert!(revocation.is_new && revocation.is_recorded());
    assert_eq!(desk.row(id).state, State::revoked(revocation.at.n));
    let events = desk.events();
    let event = events.last().unwrap();
    assert_eq!((event.token, event.reason.as_deref()), (Some(id), Some("signed out")));
    assert_eq!(event.action, Action::revoked(Some(0)));
    assert_eq!(desk.open(), []);
    assert!(!block_on(issuer.revoke(id, "again")).unwrap().is_new);
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Revoked);
    // Its end is on record once.
    issuer.close(crate::desk::seconds(5)).unwrap();
    assert_eq!(desk.events().len(), events.len());
}

#[test]
fn a_verifier_for_somebody_else_does_not_use_it_up() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let options = desk.verifier_options().audience("deployer");
    let meant = block_on(options.start()).unwrap();
    let mint_for = Mint::<kind::Ticket>::new().audience("deployer");
    let (_, token) = mint(&issuer, mint_for);
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::WrongAudience);
    verify(&meant, &token).unwrap();
    assert_eq!(verify(&meant, &token).unwrap_err(), Refused::Spent);
}

#[test]
fn one_that_was_revoked_or_has_expired_is_not_used() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (id, revoked) = mint(&issuer, Mint::<kind::Ticket>::new());
    let _ = block_on(issuer.revoke(id, "a test")).unwrap();
    assert_eq!(verify(&verifier, &revoked).unwrap_err(), Refused::Revoked);
    let (id, expired) = mint(&issuer, Mint::<kind::Ticket>::new());
    desk.clock.advance(crate::desk::seconds(300));
    assert_eq!(verify(&verifier, &expired).unwrap_err(), Refused::Expired);
    assert_eq!(desk.row(id).state, State::Live);
}

/// An answer that comes after a second may be of a registry that this verifier would no longer trust.
#[test]
fn a_late_answer_uses_it_up_and_accepts_nobody() {
    let clock = Arc::clone(&Desk::new().clock);
    let registry =
        Arc::new(FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() });
    let desk = Desk { clock: Arc::clone(&clock), ..Desk::with(registry.clone()) };
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (id, token) = mint(&issuer, Mint::<kind::Ticket>::new());
    registry.trap.after_each(move |method| {
        if method == "spend" {
            clock.advance(crate::desk::seconds(1));
        }
    });
    assert!(matches!(verify(&verifier, &token), Err(Refused::Unavailable { .. })));
    assert_eq!(desk.row(id).state, State::Spent);
}

#[test]
fn it_is_not_used_at_a_registry_with_another_history() {
    let registry = Arc::new(Swapped::new(Arc::new(Memory::new())));
    let (desk, other) = (Desk::with(registry.clone()), Desk::new());
    let mut tokens = Vec::new();
    for desk in [&desk, &other] {
        let issuer = desk.issuer();
        let (revoked, _) = mint(&issuer, Mint::<kind::Deploy>::new());
        let _ = block_on(issuer.revoke(revoked, "a test")).unwrap();
        tokens.push(mint(&issuer, Mint::<kind::Ticket>::new()).1);
    }
    let verifier = desk.verifier();
    registry.put(other.registry.clone());
    assert!(matches!(verify(&verifier, &tokens[1]), Err(Refused::Unavailable { .. })));
}

/// What could be used once when it was minted stays so.
#[test]
fn a_kind_that_is_no_longer_single_use_leaves_its_older_tokens_so() {
    mod reusable {
        token_core::policy!("../reusable.toml");
    }
    let desk = Desk::new();
    let (_, token) = mint(&desk.issuer(), Mint::<kind::Ticket>::new());
    let options = token_issue::Verifier::options(&reusable::POLICY, Arc::clone(&desk.registry));
    let clock = Arc::clone(&desk.clock) as Arc<dyn token_core::Clock>;
    let verifier = block_on(options.clock(clock).start()).unwrap();
    let caller = verify(&verifier, &token).unwrap();
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Spent);
    assert!(is_pending(verifier.until_invalid(&caller)), "what it opened goes on");
}

/// A policy that makes a kind single-use says so of the tokens that are there already, too.
#[test]
fn a_kind_that_becomes_single_use_takes_its_older_tokens_along() {
    mod once {
        token_core::policy!("../once.toml");
    }
    let desk = Desk::new();
    let (_, token) = mint(&desk.issuer(), Mint::<kind::Deploy>::new());
    let options = token_issue::Verifier::options(&once::POLICY, Arc::clone(&desk.registry));
    let clock = Arc::clone(&desk.clock) as Arc<dyn token_core::Clock>;
    let verifier = block_on(options.clock(clock).start()).unwrap();
    let caller = verify(&verifier, &token).unwrap();
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Spent);
    assert!(is_pending(verifier.until_invalid(&caller)), "what it opened goes on");
}
