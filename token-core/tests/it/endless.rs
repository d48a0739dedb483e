//! Tokens whose issuer gives them no expiry, and scopes whose names are the issuer's.

use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use time::UtcDateTime;
use token_core::{
    Admission, Error,
    ErrorKind::{ExcessScope, Expired, MissingScope, NoExpiry, NotYetValid, WrongAudience},
    Grant, ManualClock, RequireScopes, Scope, ScopeSet, Secret, Token, TokenKind,
    record::{Action, InMemory},
};

use crate::support::{NOW, clock, kind_of, secret, secs};

mod rules {
    token_core::policy!("endless.toml");
}
use rules::{kind, scope};

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct List;

#[derive(RequireScopes)]
#[require(scope::GitlabRepoRead)]
struct ListLab;

#[derive(RequireScopes)]
#[require(scope::OtherRepoRead, scope::PatientStarRead)]
struct ListOther;

#[derive(RequireScopes)]
#[require(scope::RegistryStar)]
struct Catalog;

const DAY: u64 = 86_400;

fn pat(grant: &Grant, clock: &Arc<ManualClock>) -> Result<Token<kind::Pat>, Error> {
    Token::admit_with_clock(secret(), grant, clock.clone())
}

fn plain() -> Grant {
    Grant::new("repo:read").audience("https://api.github.com")
}

#[test]
fn a_token_without_an_expiry_is_admitted_and_works_for_years() {
    let clock = clock();
    let token = pat(&plain(), &clock).unwrap();
    assert_eq!((token.expires_at(), token.remaining()), (None, Duration::MAX));
    for _ in 0..50 {
        clock.advance(secs(366 * DAY));
        assert!(token.expose_for(&List).is_ok());
        assert!(token.check().is_ok());
        assert_eq!(token.remaining(), Duration::MAX);
    }
    let spent = token.spend_for(&List).unwrap();
    assert_eq!(spent.as_str(), crate::support::TEXT);
}

/// The trap that was: a file that is 366 days old, and a restart.
#[test]
fn an_old_file_is_overdue_and_not_refused() {
    for days in [1, 89, 90, 366, 4000] {
        let issued = NOW - secs(days * DAY);
        let token = pat(&Grant::assumed::<kind::Pat>(issued), &clock()).unwrap();
        assert_eq!(token.expires_at(), None);
        assert_eq!(token.rotate_at(), Some(issued + secs(90 * DAY)));
        assert_eq!(token.is_overdue(), days >= 90, "{days} days");
        assert!(token.expose_for(&List).is_ok());
    }
}

#[test]
fn the_age_counts_from_the_earliest_time_that_is_known() {
    let rotate_at = |grant| pat(&grant, &clock()).unwrap().rotate_at().unwrap() - secs(90 * DAY);
    let ago = |days| NOW - secs(days * DAY);
    assert_eq!(rotate_at(plain()), NOW);
    assert_eq!(rotate_at(plain().not_before(ago(3))), ago(3));
    assert_eq!(rotate_at(plain().received_at(ago(2))), ago(2));
    assert_eq!(rotate_at(plain().received_at(ago(2)).not_before(ago(3))), ago(3));
    assert_eq!(
        rotate_at(plain().received_at(NOW + secs(60))),
        NOW,
        "no time ahead makes it younger"
    );
}

/// An expiry that the issuer does state holds, however far away it is.
#[test]
fn a_grant_with_an_expiry_keeps_it() {
    let clock = clock();
    let token = pat(&plain().expires_in(secs(60)), &clock).unwrap();
    assert_eq!(token.expires_at(), Some(NOW + secs(60)));
    clock.advance(secs(60));
    assert_eq!(kind_of(token.expose_for(&List)), Some(Expired));
    let far = plain().expires_at(NOW + secs(40_000 * DAY)).not_before(NOW);
    assert_eq!(pat(&far, &clock).unwrap().expires_at(), Some(NOW + secs(40_000 * DAY)));
    assert_eq!(kind_of(pat(&plain().expires_at(NOW - secs(1)), &clock)), Some(Expired));
    let unborn = plain().not_before(NOW + secs(DAY));
    assert_eq!(kind_of(pat(&unborn, &clock)), Some(NotYetValid));
}

/// Nothing else is given up.
#[test]
fn every_other_rule_holds() {
    let refused = |grant: Grant| kind_of(pat(&grant, &clock()));
    assert_eq!(refused(Grant::new("repo:read")), Some(WrongAudience));
    assert_eq!(refused(Grant::new("").audience("https://api.github.com")), Some(MissingScope));
    let more = Grant::new("repo:read registry:pull").audience("https://api.github.com");
    assert_eq!(refused(more), Some(ExcessScope));
    let lab = Grant::new("repo:read registry:*");
    let error = Token::<kind::Lab>::admit_with_clock(secret(), &lab, clock()).unwrap_err();
    assert_eq!(error.kind(), NoExpiry, "only the kind whose policy says so");
    assert!(
        error.to_string().contains("write `expiry = \"none\"` and `rotate = { after = \"90d\" }`"),
        "{error}"
    );
}

#[test]
fn what_is_overdue_is_on_record_once() {
    let overdue = |recorder: &InMemory| {
        let events = recorder.events();
        let overdue = events.iter().filter(|event| event.action == Action::overdue(Some(0)));
        overdue.count()
    };
    let clock = clock();
    let recorder = Arc::new(InMemory::new());
    let admission = Admission::with_clock(clock.clone()).recorder(recorder.clone());
    let token = admission.admit::<kind::Pat>(secret(), &plain()).unwrap();
    clock.advance(secs(90 * DAY) - Duration::from_nanos(1));
    token.expose_for(&List).map(drop).unwrap();
    assert_eq!(overdue(&recorder), 0);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(overdue(&recorder), 0, "nobody has looked");
    (0..3).for_each(|_| token.expose_for(&List).map(drop).unwrap());
    assert_eq!(overdue(&recorder), 1);
    drop(token);
    assert_eq!(recorder.events().last().unwrap().action, Action::destroyed(Some(0)));

    let recorder = Arc::new(InMemory::new());
    let admission = Admission::with_clock(clock).recorder(recorder.clone());
    let old = Grant::assumed::<kind::Pat>(NOW - secs(DAY));
    let _token = admission.admit::<kind::Pat>(secret(), &old).unwrap();
    let names: Vec<_> = recorder.events().iter().map(|e| e.action.name().to_owned()).collect();
    assert_eq!(names, ["admitted", "overdue"], "a restart tells it at once");
}

#[test]
fn a_kind_with_a_lifetime_is_never_overdue() {
    let clock = clock();
    let grant = Grant::new("registry:pull").expires_in(secs(60));
    let token = Token::<kind::Docker>::admit_with_clock(secret(), &grant, clock.clone()).unwrap();
    clock.advance(secs(100 * DAY));
    assert_eq!((token.rotate_at(), token.is_overdue()), (None, false));
}

#[test]
fn the_compiled_rules_say_it() {
    assert_eq!(kind::Pat::COMPILED.max_lifetime, None);
    let rotate = kind::Pat::COMPILED.rotate.unwrap();
    assert_eq!((rotate.after(), rotate.before_expiry()), (Some(secs(90 * DAY)), None));
    assert_eq!(kind::Lab::COMPILED.max_lifetime, Some(secs(3600)));
    assert_eq!(kind::Lab::COMPILED.rotate, None);
}

/// Three scopes of the policy, each a type of its own, have one name at their issuers.
#[test]
fn scopes_of_one_name_are_types_of_their_own() {
    assert_eq!(scope::RepoRead::NAME, "repo:read");
    assert_eq!(scope::GitlabRepoRead::NAME, "repo:read");
    let admit = |scopes: &str| {
        let grant = Grant::new(scopes).expires_in(secs(60));
        Token::<kind::Lab>::admit_with_clock(secret(), &grant, clock())
    };
    let token = admit("registry:* repo:read").unwrap();
    assert!(token.expose_for(&ListLab).is_ok());
    assert!(token.expose_for(&ListOther).is_ok(), "with what it implies");
    assert!(token.expose_for(&Catalog).is_ok());
    assert_eq!(kind_of(admit("registry:*")), Some(MissingScope));
    assert_eq!(kind_of(admit("repo:read registry:* gitlab:repo:read")), Some(ExcessScope));
    let assumed = Grant::assumed::<kind::Lab>(NOW);
    assert!(Token::<kind::Lab>::admit_with_clock(secret(), &assumed, clock()).is_ok());
    static_assertions::assert_not_impl_any!(kind::Lab: token_core::Grants<scope::RepoRead>);
    static_assertions::assert_not_impl_any!(kind::Pat: token_core::Grants<scope::GitlabRepoRead>);
    assert_eq!(ScopeSet::<kind::Lab>::parse("repo:read registry:*").unwrap(), ScopeSet::of_kind());
}

#[test]
fn one_name_is_recorded_once() {
    let recorder = Arc::new(InMemory::new());
    let admission = Admission::with_clock(clock()).recorder(recorder.clone());
    let grant = Grant::new("repo:read registry:*").expires_in(secs(60));
    let token = admission.admit::<kind::Lab>(secret(), &grant).unwrap();
    assert_eq!(recorder.events()[0].scopes, ["repo:read", "registry:*"]);
    token.expose_for(&ListLab).map(drop).unwrap();
    token.expose_for(&ListOther).map(drop).unwrap();
    drop(token);
    let events = recorder.events();
    let Action::Exposed { uses, .. } = &events[1].action else { panic!("{events:?}") };
    let uses: Vec<_> = uses.iter().map(|used| (&*used.scope, used.times)).collect();
    assert_eq!(uses, [("repo:read", 2), ("patient/*.read", 1)]);
}

/// At run time a star is a character like any other.
#[test]
fn a_star_matches_only_itself() {
    let admit = |scopes: &str| {
        let grant = Grant::new(scopes).expires_in(secs(60));
        kind_of(Token::<kind::Docker>::admit_with_clock(secret(), &grant, clock()))
    };
    assert_eq!(admit("registry:pull"), None);
    assert_eq!(admit("registry:*"), Some(ExcessScope));
    assert_eq!(admit("*"), Some(ExcessScope));
}

proptest! {
    /// Whatever the grant says about time, a token of such a kind ends when the issuer says, or never; and it is overdue
    /// exactly from its age on.
    #[test]
    fn the_expiry_is_the_issuers_and_the_age_the_policys(
        issued in 0..400 * DAY,
        lifetime in proptest::option::of(0..400 * DAY),
        later in 0..400 * DAY,
    ) {
        let clock = clock();
        let issued = NOW - secs(issued);
        let grant = plain().not_before(issued);
        let grant = match lifetime {
            Some(lifetime) => grant.expires_at(issued + secs(lifetime)),
            None => grant,
        };
        let end = lifetime.map(|lifetime| issued + secs(lifetime));
        let is_over = |now: UtcDateTime| end.is_some_and(|end| now >= end);
        let token = Token::<kind::Pat>::admit_with_clock(Secret::from(String::from("abcdefgh")), &grant, clock.clone());
        prop_assert_eq!(token.is_err(), is_over(NOW));
        let Ok(token) = token else { return Ok(()) };
        clock.advance(secs(later));
        let now = NOW + secs(later);
        prop_assert_eq!(token.is_overdue(), now >= issued + secs(90 * DAY));
        prop_assert_eq!(token.expires_at(), end);
        prop_assert_eq!(token.expose_for(&List).is_err(), is_over(now));
    }
}
