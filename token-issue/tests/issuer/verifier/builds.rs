//! Tokens that are bound to a build: no other build uses them, by whichever way it comes.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
};

use pollster::block_on;
use token_core::{
    AnyCaller, AnyScopeSet, Kinds, SourceDigest, TokenKind, Verify,
    caller::{Hit, Presented, Refused, verify},
};
use token_issue::{
    Mint, Narrow, State, Verifier,
    registry::{Memory, Rule},
};

use super::{is_pending, mint, time_until};
use crate::{
    desk::{Desk, text},
    faulty::{Fault, FaultyRegistry},
    kind, scope,
};

/// Builds that differ in one digit, in the algorithm, and in the length.
pub(crate) fn builds() -> [SourceDigest; 4] {
    let digits = "4b825dc642cb6eb9a060e54bf8d69288fbee490";
    let long = "6e9c2b0d".repeat(8);
    [
        format!("git:{digits}4"),
        format!("git:{digits}5"),
        format!("git:{long}"),
        format!("sha256:{long}"),
    ]
    .map(|text| text.parse().unwrap())
}

/// What a presenter may say: nothing, or one of the builds.
fn said() -> impl Iterator<Item = Option<SourceDigest>> {
    [None].into_iter().chain(builds().map(Some))
}

fn presented(token: &str, said: Option<SourceDigest>) -> Presented<'_> {
    let presented = Presented::new(token.as_bytes());
    said.map_or(presented, |build| presented.by_build(build))
}

fn ask<K: Kinds>(
    verifier: &Verifier,
    token: &str,
    said: Option<SourceDigest>,
) -> Result<AnyCaller, Refused> {
    block_on(verify::<K>(verifier, presented(token, said))).map(token_core::Caller::into_any)
}

fn refusal(said: Option<SourceDigest>) -> Refused {
    said.map_or(Refused::NoBuild, |_| Refused::WrongBuild)
}

#[test]
fn a_token_for_a_build_is_refused_to_all_others_and_to_who_says_none() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    for build in builds() {
        let mint_one = Mint::<kind::Deploy>::new().subject("job-17").for_build(build);
        let issued = block_on(issuer.mint(mint_one)).unwrap();
        assert_eq!(issued.build(), Some(&build));
        let (id, token) = (issued.id(), text(&issued.release()));
        assert_eq!(desk.row(id).build, Some(build));
        // Whoever asks first: then the answer comes from the registry, and later from memory.
        for first in said() {
            let verifier = desk.verifier_without_memory();
            for said in [first].into_iter().chain(said()) {
                match ask::<kind::Deploy>(&verifier, &token, said) {
                    Ok(caller) => {
                        assert_eq!(said, Some(build));
                        assert_eq!((caller.token(), caller.build()), (id, Some(&build)));
                        assert_eq!(caller.subject(), Some("job-17"));
                    }
                    Err(refused) => {
                        assert_ne!(said, Some(build));
                        assert_eq!(refused, refusal(said));
                    }
                }
                assert_eq!(verifier.remembered(), 1, "memory answers from now on");
            }
        }
    }
}

#[test]
fn a_token_for_no_build_is_verified_whatever_is_said() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    for said in said().chain(said()) {
        let caller = ask::<kind::Deploy>(&verifier, &token, said).unwrap();
        assert_eq!(caller.build(), None, "what is said is not what it is bound to");
        let (_, ticket) = mint(&issuer, Mint::<kind::Ticket>::new());
        assert_eq!(ask::<kind::Ticket>(&verifier, &ticket, said).unwrap().build(), None);
    }
}

/// What does not fit into an entry of memory stands beside it.
#[test]
fn a_bound_token_keeps_its_other_facts() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let verifier = block_on(desk.verifier_options().audience("https://a").start()).unwrap();
    let [build, other, ..] = builds();
    for length in [0, 32, 33, 200] {
        for audience in [None, Some("https://a")] {
            let subject = "s".repeat(length);
            let mut mint_one = Mint::<kind::Deploy>::new().subject(subject.clone());
            if let Some(audience) = audience {
                mint_one = mint_one.audience(audience);
            }
            let (_, free) = mint(&issuer, mint_one.clone());
            let (_, bound) = mint(&issuer, mint_one.for_build(build));
            for _ in 0..2 {
                for (token, expected) in [(&free, None), (&bound, Some(&build))] {
                    let caller = ask::<kind::Deploy>(&verifier, token, Some(build)).unwrap();
                    assert_eq!((caller.subject(), caller.audience()), (Some(&*subject), audience));
                    assert_eq!(caller.build(), expected);
                }
                let refused = ask::<kind::Deploy>(&verifier, &bound, Some(other)).unwrap_err();
                assert_eq!(refused, Refused::WrongBuild);
            }
        }
    }
}

#[test]
fn who_waits_for_the_same_answer_is_judged_by_his_own_build() {
    let registry =
        Arc::new(FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() });
    let desk = Desk::with(registry.clone());
    let [build, ..] = builds();
    let (id, token) = mint(&desk.issuer(), Mint::<kind::Deploy>::new().for_build(build));
    let verifier = desk.verifier_without_memory();
    registry.trap.arm_on("read", 1, 1, Fault::Hangs);
    let mut context = Context::from_waker(Waker::noop());
    let mut leader = verifier.miss(presented(&token, Some(build)));
    assert!(leader.as_mut().poll(&mut context).is_pending());
    let waiting: Vec<_> =
        said().map(|said| (said, verifier.miss(presented(&token, said)))).collect();
    drop(leader);
    for (said, miss) in waiting {
        match block_on(pin!(miss)) {
            Ok(caller) => assert_eq!((said, caller.token()), (Some(build), id)),
            Err(refused) => assert_eq!(refused, refusal(said)),
        }
    }
}

#[test]
fn memory_that_begins_with_what_the_registry_has_knows_the_build() {
    let desk = Desk::new();
    let [build, ..] = builds();
    let (_, token) = mint(&desk.issuer(), Mint::<kind::Deploy>::new().for_build(build));
    let verifier = desk.verifier();
    assert_eq!(verifier.remembered(), 1);
    for said in said() {
        match verifier.hit(presented(&token, said)) {
            Hit::Caller(caller) => assert_eq!((said, caller.build()), (Some(build), Some(&build))),
            Hit::Refused(refused) => assert_eq!(refused, refusal(said)),
            Hit::Miss => panic!("it is in memory"),
        }
    }
}

#[test]
fn a_token_for_one_use_is_not_used_up_by_another_build() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    for build in builds() {
        let (id, token) = mint(&issuer, Mint::<kind::Ticket>::new().for_build(build));
        for said in said().filter(|said| *said != Some(build)) {
            let refused = ask::<kind::Ticket>(&verifier, &token, said).unwrap_err();
            assert_eq!(refused, refusal(said));
            assert_eq!(desk.row(id).state, State::Live);
        }
        let caller = ask::<kind::Ticket>(&verifier, &token, Some(build)).unwrap();
        assert_eq!(caller.build(), Some(&build));
        let again = ask::<kind::Ticket>(&verifier, &token, Some(build)).unwrap_err();
        assert_eq!(again, Refused::Spent);
    }
}

/// The registry says so, too, of a token whose kind has become single-use, or was when it was minted.
#[test]
fn a_kind_that_was_single_use_looks_at_the_build() {
    mod reusable {
        token_core::policy!("../reusable.toml");
    }
    let desk = Desk::new();
    let [build, other, ..] = builds();
    let (id, token) = mint(&desk.issuer(), Mint::<kind::Ticket>::new().for_build(build));
    let options = Verifier::options(&reusable::POLICY, Arc::clone(&desk.registry));
    let verifier = block_on(options.clock(Arc::clone(&desk.clock) as _).start()).unwrap();
    let ask = |said| block_on(verifier.miss(presented(&token, said)));
    assert_eq!(ask(None).unwrap_err(), Refused::NoBuild);
    assert_eq!(ask(Some(other)).unwrap_err(), Refused::WrongBuild);
    assert_eq!(desk.row(id).state, State::Live);
    assert!(ask(Some(build)).is_ok());
}

#[test]
fn a_caller_is_checked_again_by_the_build_that_he_came_with() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let [build, other, ..] = builds();
    let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new().for_build(build));
    let caller = ask::<kind::Deploy>(&verifier, &token, Some(build)).unwrap();
    assert!(
        matches!(verifier.recheck(&caller), Hit::Caller(again) if again.build() == Some(&build))
    );
    assert!(is_pending(verifier.until_invalid(&caller)));

    // Callers that no verifier of ours has vouched for.
    let forged = |build: Option<SourceDigest>| {
        let scopes = AnyScopeSet::of_kind(kind::Deploy::COMPILED);
        let verified = token_core::caller::Verified::new(id, scopes, caller.deadline());
        build.map_or(verified.clone(), |build| verified.build(build)).vouch()
    };
    let without_memory = desk.verifier_without_memory();
    for (said, expected) in [(None, Refused::NoBuild), (Some(other), Refused::WrongBuild)] {
        let forged = forged(said);
        assert!(matches!(verifier.recheck(&forged), Hit::Refused(refused) if refused == expected));
        for verifier in [&verifier, &without_memory] {
            assert_eq!(block_on(verifier.until_invalid(&forged)), expected);
        }
    }
    assert!(is_pending(without_memory.until_invalid(&caller)));
}

#[test]
fn what_ends_a_token_ends_a_bound_one() {
    let desk = Desk::new();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let [build, ..] = builds();
    for subject in ["job-17", &"s".repeat(40)] {
        let bound = Mint::<kind::Deploy>::new().subject(subject).for_build(build);
        let (id, by_id) = mint(&issuer, bound.clone());
        let (_, by_rule) = mint(&issuer, bound.clone());
        let (_, expired) = mint(&issuer, bound.lifetime(crate::desk::seconds(1)));
        let ask = |token: &String| ask::<kind::Deploy>(&verifier, token, Some(build));
        let is_refused = |token: &String| ask(token).is_err();
        for token in [&by_id, &by_rule, &expired] {
            ask(token).unwrap();
        }
        let _ = block_on(issuer.revoke(id, "a test")).unwrap();
        time_until("revoked", || is_refused(&by_id));
        ask(&by_rule).unwrap();
        let rule = Rule::all().subject(subject);
        let _ = block_on(issuer.revoke_matching(rule, "a test")).unwrap();
        time_until("a rule matches it", || is_refused(&by_rule));
        desk.clock.advance(crate::desk::seconds(1));
        assert!(is_refused(&expired));
    }
}

#[test]
fn whoever_inspects_says_the_build_and_whoever_revokes_need_not() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let [build, ..] = builds();
    let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new().for_build(build));
    let (_, free) = mint(&issuer, Mint::<kind::Deploy>::new());
    for said in said() {
        let found = block_on(issuer.inspect(presented(&token, said))).unwrap();
        assert_eq!(found.is_some(), said == Some(build));
        assert!(found.is_none_or(|found| found.build() == Some(&build)));
        let found = block_on(issuer.inspect_to_revoke(presented(&token, said))).unwrap();
        assert_eq!(found.map(|found| found.token()), Some(id));
        assert!(block_on(issuer.inspect(presented(&free, said))).unwrap().is_some());
    }
    let parent = block_on(issuer.inspect(presented(&token, Some(build)))).unwrap().unwrap();
    let narrow = Narrow::<kind::Deploy>::new().scopes::<(scope::DeployRead,)>();
    let child = block_on(issuer.narrow_inspected(&parent, narrow)).unwrap();
    assert_eq!(child.build(), Some(&build));
}
