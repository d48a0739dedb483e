//! Each use is counted once, for the scopes that its operation requires.

use std::{sync::Barrier, thread};

use proptest::{collection::vec, prelude::*};
use token_core::Grant;

use super::{
    Administrate, Deploy, HOUR, Push, ReadAndDeploy, ci, closings, names, recorded, total, uses,
    yearly,
};
use test_support::alloc_watch::frees_of;

use crate::support::{ListRepos, NANO, NOW, clock, kind, secret, secs};

#[test]
fn uses_are_counted_for_the_scopes_that_operations_require() {
    let (recorder, admission) = recorded(&clock());
    let token = ci(&admission);
    for _ in 0..3 {
        token.expose_for(&ReadAndDeploy).map(drop).unwrap();
    }
    token.expose_for(&Deploy).map(drop).unwrap();
    token.check().unwrap();
    let _ = (token.id(), token.remaining(), token.expires_at());
    assert_eq!(names(&recorder.events()), ["admitted"], "not one event for each");
    drop(token);
    assert_eq!(uses(&recorder.events()[1]), [("deploy:run", 4), ("repo:read", 3)]);
}

/// Holding `repo:write`, the token was used to read: then reading is what is on record.
#[test]
fn an_implied_scope_is_counted_for_itself() {
    let (recorder, admission) = recorded(&clock());
    let grant = Grant::new("repo:write").expires_in(secs(60));
    let token = admission.admit::<kind::Writer>(secret(), &grant).unwrap();
    token.expose_for(&ListRepos).map(drop).unwrap();
    drop(token);
    assert_eq!(uses(&recorder.events()[1]), [("repo:read", 1)]);

    let token = admission.admit::<kind::Writer>(secret(), &grant).unwrap();
    token.expose_for(&Push).map(drop).unwrap();
    drop(token);
    assert_eq!(uses(&recorder.events()[4]), [("repo:write", 1)]);
}

#[test]
fn a_use_beyond_the_kind_shows() {
    let (recorder, admission) = recorded(&clock());
    let token = yearly(&admission);
    token.expose_for(&Administrate).map(drop).unwrap();
    drop(token);
    assert_eq!(uses(&recorder.events()[1]), [("beyond the kind", 1)]);
}

#[test]
fn an_unused_token_leaves_no_report() {
    let clock = clock();
    let (recorder, admission) = recorded(&clock);
    let token = yearly(&admission);
    clock.advance(secs(2 * HOUR));
    token.check().unwrap();
    drop(token);
    assert_eq!(names(&recorder.events()), ["admitted", "destroyed"]);
}

#[test]
fn the_use_of_a_long_lived_token_is_reported_by_the_hour() {
    let clock = clock();
    let (recorder, admission) = recorded(&clock);
    let token = yearly(&admission);
    let reports = || recorder.events().len() - 1;
    let expose = || token.expose_for(&ListRepos).map(drop).unwrap();
    expose();
    clock.advance(secs(HOUR));
    expose();
    assert_eq!(reports(), 0, "not more than an hour ago");
    clock.advance(NANO);
    expose();
    assert_eq!((reports(), uses(&recorder.events()[1])), (1, vec![("repo:read", 3)]));
    clock.set_wall(NOW);
    clock.advance_monotonic(secs(HOUR));
    expose();
    assert_eq!(reports(), 1, "the wall clock does not count");
    clock.advance_monotonic(NANO);
    token.check().unwrap();
    assert_eq!((reports(), uses(&recorder.events()[2])), (2, vec![("repo:read", 1)]));
    drop(token);
    assert_eq!(names(&recorder.events()[3..]), ["destroyed"]);
}

/// Every tenth exposure reports, while the other threads count on.
#[test]
fn no_use_is_lost_or_doubled_between_reports() {
    const USES: u64 = 20_000;
    for _ in 0..4 {
        let clock = clock();
        let (recorder, admission) = recorded(&clock);
        let (token, start) = (yearly(&admission), Barrier::new(4));
        let use_it = || {
            start.wait();
            for number in 0..USES {
                if number % 10 == 0 {
                    clock.advance(secs(HOUR) + NANO);
                }
                token.expose_for(&ReadAndDeploy).map(drop).unwrap();
            }
        };
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(use_it))));
        drop(token);
        let events = recorder.events();
        let reports = names(&events).iter().filter(|name| **name == "exposed").count();
        assert!(reports > 1000, "{reports}");
        assert_eq!(total(&events, "repo:read"), 4 * USES);
        assert_eq!(total(&events, "deploy:run"), 4 * USES);
    }
}

/// What is allocated meanwhile is freed meanwhile, or the recorder has it. The benchmark
/// `expose` counts every allocation.
#[test]
fn counting_allocates_nothing() {
    let (recorder, admission) = recorded(&clock());
    let token = ci(&admission);
    token.expose_for(&ReadAndDeploy).map(drop).unwrap();
    for size in 1..=512 {
        let seen = frees_of(size, || token.expose_for(&ReadAndDeploy).map(drop).unwrap());
        assert_eq!((seen.zero, seen.dirty), (0, 0), "{size} bytes");
    }
    assert_eq!(recorder.events().len(), 1);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Read,
    Deploy,
    Both,
    Check,
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Read),
        Just(Step::Deploy),
        Just(Step::Both),
        Just(Step::Check),
        (0..2 * HOUR).prop_map(Step::Advance),
        (0..1000 * HOUR).prop_map(Step::Advance),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_use_is_in_one_report_and_every_life_has_one_end(
        steps in vec(step(), 0..60),
        spend in any::<bool>(),
    ) {
        let clock = clock();
        let (recorder, admission) = recorded(&clock);
        let token = yearly(&admission);
        let (mut read, mut deploy) = (0, 0);
        for step in steps {
            let (reads, deploys, found) = match step {
                Step::Read => (1, 0, token.expose_for(&ListRepos).map(drop)),
                Step::Deploy => (0, 1, token.expose_for(&Deploy).map(drop)),
                Step::Both => (1, 1, token.expose_for(&ReadAndDeploy).map(drop)),
                Step::Check => (0, 0, token.check()),
                Step::Advance(by) => (0, 0, { clock.advance(secs(by)); Ok(()) }),
            };
            if found.is_ok() {
                (read, deploy) = (read + reads, deploy + deploys);
            }
        }
        let expired = token.remaining().is_zero();
        match spend {
            true => read += u64::from(token.spend_for(&ListRepos).is_ok()),
            false => drop(token),
        }
        let events = recorder.events();
        prop_assert_eq!((total(&events, "repo:read"), total(&events, "deploy:run")), (read, deploy));
        prop_assert_eq!(closings(&events), 1);
        let last = events.last().unwrap();
        prop_assert!(last.action.is_closing() && last.action.closes() == Some(0), "{:?}", last);
        if !expired {
            prop_assert_eq!(last.action.name(), "destroyed");
        }
    }
}
