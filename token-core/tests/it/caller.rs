//! Callers and proofs of scope: what a verified token permits, and until when.

use std::{
    future::ready,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use proptest::prelude::*;
use time::UtcDateTime;
use token_core::{
    AnyCaller, AnyScopeSet, Authorized, Caller, Kinds, ManualClock, RequireScopes, TokenId,
    TokenKind,
    caller::{Boxed, Deadline, Hit, Presented, Refused, Subject, Verified, Verify, verify},
};

use crate::support::{kind, scope};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct Read;

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::DeployRun)]
struct ReadAndDeploy;

#[derive(RequireScopes)]
#[require(scope::RepoWrite)]
struct Write;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(UtcDateTime::UNIX_EPOCH + time::Duration::days(20_000)))
}

/// A caller whose token carries `scopes` for a minute.
fn caller<K: TokenKind>(scopes: &[&str], clock: &Arc<ManualClock>) -> AnyCaller {
    let scopes = AnyScopeSet::from_names(K::COMPILED, scopes.iter().copied()).unwrap();
    let deadline = Deadline::after(MINUTE, &**clock);
    Verified::with_clock(TokenId::from_bytes([7; 16]), scopes, deadline, clock.clone()).vouch()
}

#[test]
fn a_token_permits_what_its_own_scopes_permit() {
    let clock = clock();
    let narrow: Caller<kind::Ci> = caller::<kind::Ci>(&["repo:read"], &clock).of_kind().unwrap();
    assert!(narrow.authorize::<Read>().is_ok());
    let refused = narrow.authorize::<ReadAndDeploy>().unwrap_err();
    assert_eq!(refused.name(), "InsufficientScope");
    assert!(refused.to_string().ends_with("needs: `repo:read` `deploy:run`"), "{refused}");
}

/// Written by hand, with names that are not those of its scopes.
struct Lie;

impl RequireScopes for Lie {
    type Scopes = (scope::RepoRead, scope::DeployRun);
    const SCOPES: &'static [&'static str] = &[];
}

#[test]
fn an_operation_needs_its_scopes_whatever_names_it_gives() {
    let clock = clock();
    let narrow: Caller<kind::Ci> = caller::<kind::Ci>(&["repo:read"], &clock).of_kind().unwrap();
    let refused = narrow.authorize::<Lie>().unwrap_err();
    assert!(refused.to_string().ends_with("needs: `repo:read` `deploy:run`"), "{refused}");
    assert!(narrow.authorize_at_run_time::<Lie>().is_err());
}

#[test]
fn implied_scopes_count() {
    let writer = caller::<kind::Writer>(&["repo:write"], &clock());
    let writer: Caller<kind::Writer> = writer.of_kind().unwrap();
    assert!(writer.authorize::<Read>().is_ok());
}

#[test]
fn each_authorization_looks_at_both_clocks() {
    let wall = clock();
    let caller_of = |clock: &_| -> Caller<kind::Ci> {
        caller::<kind::Ci>(&["repo:read"], clock).of_kind().unwrap()
    };
    let caller = caller_of(&wall);
    wall.advance(MINUTE - SECOND);
    assert!(caller.authorize::<Read>().is_ok());
    wall.advance(SECOND);
    assert_eq!(caller.authorize::<Read>().unwrap_err(), Refused::Expired);

    let set_back = clock();
    let caller = caller_of(&set_back);
    set_back.advance_monotonic(MINUTE);
    set_back.set_wall(UtcDateTime::UNIX_EPOCH);
    assert_eq!(caller.authorize::<Read>().unwrap_err(), Refused::Expired);

    let set_forward = clock();
    let caller = caller_of(&set_forward);
    set_forward.set_wall(UtcDateTime::UNIX_EPOCH + time::Duration::days(30_000));
    assert_eq!(caller.authorize::<Read>().unwrap_err(), Refused::Expired);
}

#[test]
fn a_token_of_another_kind_is_no_caller() {
    let refused = caller::<kind::Ci>(&["repo:read"], &clock()).of_kind::<kind::Writer>();
    let refused = refused.unwrap_err();
    assert_eq!(refused.name(), "WrongKind");
    assert!(refused.to_string().contains("of kind `ci`"), "{refused}");
}

#[test]
fn a_token_of_any_of_several_kinds_is_a_caller_of_all() {
    type Either = (kind::Ci, kind::Writer);
    let clock = clock();
    for caller in [
        caller::<kind::Ci>(&["repo:read"], &clock),
        caller::<kind::Writer>(&["repo:write"], &clock),
    ] {
        let caller: Caller<Either> = caller.of_kind().unwrap();
        let may: Authorized<Read, Either> = caller.authorize().unwrap();
        assert_eq!(may.token(), caller.token());
    }
    let outside = caller::<kind::Partner>(&["repo:read"], &clock);
    assert!(outside.of_kind::<Either>().is_err());
    let narrow = caller::<kind::Ci>(&["deploy:run"], &clock).of_kind::<Either>().unwrap();
    assert_eq!(narrow.authorize::<Read>().unwrap_err().name(), "InsufficientScope");
}

#[test]
fn several_kinds_are_told_in_the_order_of_the_tuple() {
    type Three = (kind::Writer, kind::Ci, kind::Partner);
    let names: Vec<_> = Three::ALL.iter().map(|kind| kind.name).collect();
    assert_eq!(names, ["writer", "ci", "partner"]);
    assert_eq!(<kind::Ci as Kinds>::ALL.len(), 1);
}

/// The same answers as with the compiler's help, and a refusal where it would not compile.
#[test]
fn at_run_time_the_same_is_permitted() {
    let clock = clock();
    let both = caller::<kind::Ci>(&["repo:read"], &clock).of_kind::<kind::Ci>().unwrap();
    assert!(both.clone().authorize_at_run_time::<Read>().is_ok());
    let narrow = caller::<kind::Ci>(&["deploy:run"], &clock).of_kind::<kind::Ci>().unwrap();
    let refused = narrow.clone().authorize_at_run_time::<Read>().unwrap_err();
    assert_eq!(refused, narrow.authorize::<Read>().unwrap_err());

    // Kind `ci` does not grant `repo:write`: `both.authorize::<Write>()` does not compile.
    let refused = both.clone().authorize_at_run_time::<Write>().unwrap_err();
    assert_eq!(refused.name(), "InsufficientScope");
    assert!(refused.to_string().contains("`repo:write`"), "{refused}");
    clock.advance(MINUTE);
    assert_eq!(both.clone().authorize_at_run_time::<Read>().unwrap_err(), Refused::Expired);
}

#[test]
fn a_proof_shows_the_facts_of_its_caller_and_no_more() {
    let clock = clock();
    let scopes = AnyScopeSet::of_kind(kind::Ci::COMPILED);
    let (token, parent) = (TokenId::from_bytes([1; 16]), TokenId::from_bytes([2; 16]));
    let caller = Verified::with_clock(token, scopes, Deadline::after(MINUTE, &*clock), clock)
        .subject("job-17")
        .audience("https://api.example.com")
        .parent(parent)
        .vouch();
    let may = caller.of_kind::<kind::Ci>().unwrap().authorize::<Read>().unwrap();
    assert_eq!(may.subject(), Some("job-17"));
    assert_eq!(may.audience(), Some("https://api.example.com"));
    assert_eq!((may.token(), may.parent()), (token, Some(parent)));
    assert_eq!(may.kind().name, "ci");
    assert_eq!(may.expires_at().to_string(), "2024-10-04 0:01:00.0 +00");
    let shown = format!("{may:?}");
    assert!(shown.contains("job-17") && shown.contains("repo:read"), "{shown}");
}

/// Stored names are not closed again: an implication that the policy gained later adds nothing.
#[test]
fn scopes_of_a_stored_token_only_shrink() {
    let kind = kind::Writer::COMPILED;
    let stored = AnyScopeSet::still_carried(kind, ["repo:write", "vanished"]);
    assert_eq!(stored.names().collect::<Vec<_>>(), ["repo:write"]);
    let fresh = AnyScopeSet::from_names(kind, ["repo:write"]).unwrap();
    assert!(fresh.is_superset(&stored) && !stored.is_superset(&fresh));
}

#[test]
fn sets_of_two_kinds_are_never_comparable() {
    let [ci, lenient] = [kind::Ci::COMPILED, kind::Lenient::COMPILED]
        .map(|kind| AnyScopeSet::from_names(kind, ["repo:read"]).unwrap());
    assert!(!ci.is_superset(&lenient) && !lenient.is_superset(&ci));
    assert_ne!(ci, lenient);
}

/// Answers from memory for one token, and from a store for another.
struct Fixed(AnyCaller);

impl Verify for Fixed {
    fn hit(&self, presented: Presented<'_>) -> Hit {
        match presented.bytes() {
            b"known" => Hit::Caller(self.0.clone()),
            b"stored" => Hit::Miss,
            _ => Hit::Refused(Refused::Unknown),
        }
    }

    fn miss<'v>(&'v self, _: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        Box::pin(ready(Ok(self.0.clone())))
    }

    fn recheck(&self, caller: &AnyCaller) -> Hit {
        Hit::Caller(caller.clone())
    }

    fn until_invalid<'v>(&'v self, _: &'v AnyCaller) -> Boxed<'v, Refused> {
        Box::pin(ready(Refused::Expired))
    }
}

/// The answer of a future that does not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("it waits"),
    }
}

#[test]
fn verify_asks_memory_and_then_the_store() {
    let verifier: &dyn Verify = &Fixed(caller::<kind::Ci>(&["repo:read"], &clock()));
    let ask = |text: &'static [u8]| now(verify::<kind::Ci>(verifier, Presented::new(text)));
    assert!(ask(b"known").is_ok());
    assert!(ask(b"stored").is_ok());
    assert_eq!(ask(b"other").unwrap_err(), Refused::Unknown);
    let other_kind = now(verify::<kind::Writer>(verifier, Presented::new(b"known")));
    assert_eq!(other_kind.unwrap_err().name(), "WrongKind");
}

#[test]
fn a_presented_token_is_never_shown() {
    let build = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap();
    let presented = Presented::new(b"acme_deploy_planted");
    assert_eq!((presented.build(), presented.by_build(build).build()), (None, Some(&build)));
    assert_eq!(presented.by_build(build).bytes(), presented.bytes());
    assert_eq!(
        format!("{presented:?} {presented:#?}"),
        "Presented([redacted]) Presented([redacted])"
    );
}

#[test]
fn every_refusal_has_a_name_and_words_of_its_own() {
    let all = [
        Refused::Malformed,
        Refused::Unknown,
        Refused::Expired,
        Refused::Revoked,
        Refused::Spent,
        Refused::WrongAudience,
        Refused::WrongBuild,
        Refused::NoBuild,
        Refused::unavailable(SECOND),
    ];
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            assert_ne!(one.name(), other.name());
            assert_ne!(one.to_string(), other.to_string());
        }
    }
}

proptest! {
    #[test]
    fn a_subject_is_the_text_that_it_was_made_of(text in ".{0,40}") {
        let subject = Subject::from(text.as_str());
        prop_assert_eq!(subject.as_str(), text.as_str());
        let shared: Arc<str> = text.as_str().into();
        prop_assert_eq!(Subject::from(shared), subject);
    }

    /// `authorize` agrees with a comparison of names.
    #[test]
    fn a_proof_is_made_exactly_if_the_token_has_all_names(read: bool, deploy: bool) {
        let names: Vec<_> = [("repo:read", read), ("deploy:run", deploy)]
            .into_iter()
            .filter_map(|(name, has)| has.then_some(name))
            .collect();
        let caller = caller::<kind::Ci>(&names, &clock()).of_kind::<kind::Ci>().unwrap();
        let has_all = |needs: &[&str]| needs.iter().all(|need| names.contains(need));
        prop_assert_eq!(caller.authorize::<Read>().is_ok(), has_all(Read::SCOPES));
        prop_assert_eq!(caller.authorize::<ReadAndDeploy>().is_ok(), has_all(ReadAndDeploy::SCOPES));
    }
}
