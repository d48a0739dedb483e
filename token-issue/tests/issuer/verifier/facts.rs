//! What a caller is told of a token, and which tokens are refused.

use std::sync::Arc;

use pollster::block_on;
use token_core::{
    Clock, Scope, UtcDateTime, Verify,
    caller::{Hit, Refused},
};
use token_issue::{Health, Mint, Narrow, Pepper, Peppers, Verifier, VerifierOptions};

use super::{assert_from_memory, hit, mint, time_until, verify};
use crate::{
    desk::{Desk, seconds, start},
    kind, scope,
};

#[test]
fn a_token_is_read_once_and_then_comes_from_memory_with_the_same_facts() {
    for length in [0, 1, 31, 32, 33, 200] {
        let desk = Desk::new();
        let (issuer, verifier) = (desk.issuer(), desk.verifier());
        let subject = "s".repeat(length);
        let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new().subject(subject.clone()));
        assert!(matches!(hit(&verifier, &token), Hit::Miss));
        let read = verify(&verifier, &token).unwrap();
        let Hit::Caller(remembered) = hit(&verifier, &token) else { panic!("not remembered") };
        for caller in [read, remembered] {
            assert_eq!(caller.token(), id);
            assert_eq!(caller.kind().name, "deploy");
            assert_eq!(caller.subject(), Some(&*subject), "{length} bytes");
            assert_eq!((caller.parent(), caller.audience()), (None, None));
            assert_eq!(caller.expires_at().unix_timestamp(), start().unix_timestamp() + 900);
            assert_eq!(caller.scopes().names().count(), 3);
        }
    }
}

#[test]
fn a_narrowed_token_has_its_parent_and_its_own_scopes() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let narrow = Narrow::new().scopes::<(scope::DeployRead,)>();
    let child = block_on(issuer.narrow(&desk.caller_of(&issued), narrow)).unwrap();
    let token = crate::desk::text(&child.release());
    for _ in 0..2 {
        let caller = verify(&verifier, &token).unwrap();
        assert_eq!(caller.parent(), Some(issued.id()));
        assert_eq!(caller.scopes().names().collect::<Vec<_>>(), [scope::DeployRead::NAME]);
    }
}

#[test]
fn a_mistyped_token_is_refused_before_the_registry_is_asked() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    for at in 0..token.len() {
        let mut mistyped = token.clone().into_bytes();
        mistyped[at] = if mistyped[at] == b'x' { b'y' } else { b'x' };
        let refused = hit(&verifier, str::from_utf8(&mistyped).unwrap());
        assert!(matches!(refused, Hit::Refused(Refused::Malformed)), "{at}: {refused:?}");
    }
    for text in ["", "acme_deploy_", &token[1..], &format!("{token} "), &token.repeat(2)] {
        assert!(matches!(hit(&verifier, text), Hit::Refused(Refused::Malformed)));
    }
}

#[test]
fn a_genuine_token_of_another_registry_is_unknown_and_takes_no_memory() {
    let (desk, other) = (Desk::new(), Desk::new());
    let verifier = desk.verifier();
    for _ in 0..100 {
        let (_, token) = mint(&other.issuer(), Mint::<kind::Deploy>::new());
        assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Unknown);
        assert!(matches!(hit(&verifier, &token), Hit::Miss));
    }
    assert_eq!(verifier.remembered(), 0);
}

#[test]
fn a_token_is_refused_from_the_second_at_which_it_expires() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new().lifetime(seconds(60)));
    let (_, unread) = mint(&issuer, Mint::<kind::Deploy>::new().lifetime(seconds(60)));
    verify(&verifier, &token).unwrap();
    desk.clock.advance(std::time::Duration::from_millis(59_250));
    verify(&verifier, &token).unwrap();
    // While the lease holds, memory itself says so.
    time_until("ready", || verifier.health() == Health::Ready);
    assert_from_memory(&verifier, &token);
    desk.clock.advance(std::time::Duration::from_millis(250));
    assert!(matches!(hit(&verifier, &token), Hit::Refused(Refused::Expired)));
    assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::Expired);
    assert_eq!(verify(&verifier, &unread).unwrap_err(), Refused::Expired);
}

#[test]
fn a_wall_clock_that_is_set_back_makes_no_remembered_token_live_longer() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new().lifetime(seconds(60)));
    let caller = verify(&verifier, &token).unwrap();
    desk.clock.set_wall(UtcDateTime::UNIX_EPOCH);
    desk.clock.advance_monotonic(seconds(60));
    assert!(!matches!(hit(&verifier, &token), Hit::Caller(_)));
    // Also under a lease of the time that the clock shows now.
    time_until("ready", || verifier.health() == Health::Ready);
    assert!(matches!(hit(&verifier, &token), Hit::Refused(Refused::Expired)));
    assert!(matches!(verifier.recheck(&caller), Hit::Refused(Refused::Expired)));
}

#[test]
fn a_wall_clock_that_was_set_back_before_gives_no_token_more_than_its_lifetime() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new().lifetime(seconds(60)));
    desk.clock.set_wall(UtcDateTime::UNIX_EPOCH);
    let caller = verify(&verifier, &token).unwrap();
    assert!(caller.deadline().monotonic <= desk.clock.monotonic() + seconds(60));
    desk.clock.advance_monotonic(seconds(60));
    time_until("ready", || verifier.health() == Health::Ready);
    assert!(matches!(hit(&verifier, &token), Hit::Refused(Refused::Expired)));
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let desk = Desk::new();
    let (_, token) = mint(&desk.issuer(), Mint::<kind::Reader>::new());
    let with = |audience: Option<&str>| {
        let options = desk.verifier_options();
        let options = match audience {
            Some(audience) => options.audience(audience),
            None => options,
        };
        verify(&block_on(options.start()).unwrap(), &token)
    };
    let caller = with(Some("https://deploy.example.com")).unwrap();
    assert_eq!(caller.audience(), Some("https://deploy.example.com"));
    assert_eq!(with(Some("https://deploy.example.com/")).unwrap_err(), Refused::WrongAudience);
    assert_eq!(with(None).unwrap_err(), Refused::WrongAudience);
}

#[test]
fn the_policy_of_today_takes_away_and_never_adds() {
    mod narrower {
        token_core::policy!("../narrower.toml");
    }
    let desk = Desk::new();
    let issuer = desk.issuer();
    let (_, deploy) = mint(&issuer, Mint::<kind::Deploy>::new());
    let run = Mint::<kind::Deploy>::new().scopes::<(scope::DeployRun,)>();
    let (_, run) = mint(&issuer, run);
    let (_, endless) = mint(&issuer, Mint::<kind::Endless>::new().lifetime(seconds(3_600)));
    let today = |verifier: VerifierOptions| {
        let verifier = verifier.clock(Arc::clone(&desk.clock) as Arc<dyn Clock>);
        block_on(verifier.start()).unwrap()
    };
    let verifier = today(Verifier::options(&narrower::POLICY, Arc::clone(&desk.registry)));

    let names = |token: &str| -> Vec<_> {
        let caller = verify(&verifier, token).unwrap();
        let mut names: Vec<_> = caller.scopes().names().collect();
        names.sort_unstable();
        names
    };
    // `deploy:purge` is gone, and `deploy:run` implies `deploy:purge` today, which nobody granted then.
    assert_eq!(names(&deploy), ["deploy:purge", "deploy:read", "deploy:run"]);
    assert_eq!(names(&run), ["deploy:read", "deploy:run"]);
    // The kind is gone.
    assert_eq!(verify(&verifier, &endless).unwrap_err(), Refused::Malformed);
    // The longest lifetime is a minute today.
    desk.clock.advance(seconds(60));
    assert_eq!(verify(&verifier, &deploy).unwrap_err(), Refused::Expired);
}

#[test]
fn peppers_of_today_and_before_are_tried_and_no_others() {
    let pepper = |byte: u8| Pepper::new(token_core::Secret::from(vec![byte; 32])).unwrap();
    let desk = Desk::new();
    let issuer = |peppers| desk.options().peppers(peppers).start().unwrap();
    let (_, plain) = mint(&issuer(Peppers::default()), Mint::<kind::Deploy>::new());
    let first = issuer(Peppers::of(pepper(1)).replacing_none());
    let (_, peppered) = mint(&first, Mint::<kind::Deploy>::new());

    let verifier = |peppers| block_on(desk.verifier_options().peppers(peppers).start()).unwrap();
    let both = verifier(Peppers::of(pepper(1)).replacing_none());
    verify(&both, &plain).unwrap();
    verify(&both, &peppered).unwrap();
    assert_from_memory(&both, &peppered);
    let unknown = Some(Refused::Unknown);
    assert_eq!(verify(&verifier(Peppers::of(pepper(1))), &plain).err(), unknown);
    assert_eq!(verify(&verifier(Peppers::default()), &peppered).err(), unknown);
    assert_eq!(verify(&verifier(Peppers::of(pepper(2))), &peppered).err(), unknown);
    let next = verifier(Peppers::of(pepper(2)).replacing(pepper(1)));
    verify(&next, &peppered).unwrap();
}

#[test]
fn memory_begins_with_what_the_registry_has() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    let (_, ticket) = mint(&issuer, Mint::<kind::Ticket>::new());
    let (gone, revoked) = mint(&issuer, Mint::<kind::Deploy>::new());
    let _ = block_on(issuer.revoke(gone, "a test")).unwrap();
    let verifier = desk.verifier();
    assert_from_memory(&verifier, &token);
    assert!(matches!(hit(&verifier, &ticket), Hit::Miss));
    assert!(matches!(hit(&verifier, &revoked), Hit::Miss));
    assert_eq!(verifier.remembered(), 1);
}

#[test]
fn memory_is_bounded() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let verifier = block_on(desk.verifier_options().capacity(128).start()).unwrap();
    for _ in 0..1_000 {
        let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
        verify(&verifier, &token).unwrap();
        assert_from_memory(&verifier, &token);
    }
    assert!(verifier.remembered() <= 128, "{}", verifier.remembered());
}
