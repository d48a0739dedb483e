//! Reading what memory lacks.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
    thread,
    time::Duration,
};

use pollster::block_on;
use token_core::{
    Verify,
    caller::{Presented, Refused},
};
use token_issue::{
    Mint,
    registry::{Memory, Rule},
};

use super::{another, assert_from_memory, mint, time_until, verify};
use crate::{
    desk::{Desk, seconds},
    faulty::{Fault, FaultyRegistry},
    kind,
};

fn desk() -> (Arc<FaultyRegistry>, Desk) {
    let registry = FaultyRegistry { registry: Arc::new(Memory::new()), trap: Arc::default() };
    let registry = Arc::new(registry);
    (Arc::clone(&registry), Desk::with(registry))
}

#[test]
fn a_thousand_who_ask_for_the_same_token_share_one_question_and_a_cancelled_one_fails_nobody() {
    let (registry, desk) = desk();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    registry.trap.arm_on("read", 1, 1, Fault::Hangs);
    let presented = Presented::new(token.as_bytes());
    let mut context = Context::from_waker(Waker::noop());
    let mut leader = verifier.miss(presented);
    assert!(leader.as_mut().poll(&mut context).is_pending());
    let mut others: Vec<_> = (0..1_000).map(|_| verifier.miss(presented)).collect();
    for other in &mut others {
        assert!(other.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(registry.trap.calls(), 1);
    drop(leader);
    for other in others {
        assert_eq!(block_on(pin!(other)).unwrap().token(), id);
    }
    assert_eq!(registry.trap.calls(), 2);
    assert_from_memory(&verifier, &token);
}

#[test]
fn no_more_questions_are_on_their_way_than_the_options_say_and_half_of_them_of_one_kind() {
    for (options, most) in [(None, 64), (Some(10), 10), (Some(1), 1)] {
        let (registry, desk) = desk();
        let issuer = desk.issuer();
        let verifier = desk.verifier_options();
        let verifier = match options {
            Some(most) => verifier.misses_at_a_time(most),
            None => verifier,
        };
        let verifier = block_on(verifier.start()).unwrap();
        let deploy = (0..100).map(|_| mint(&issuer, Mint::<kind::Deploy>::new()).1);
        let tokens: Vec<_> = deploy.chain((0..100).map(|_| mint(&issuer, another()).1)).collect();
        registry.trap.arm_on("read", 1, usize::MAX, Fault::Hangs);
        let mut context = Context::from_waker(Waker::noop());
        let mut asking: Vec<_> =
            tokens.iter().map(|token| verifier.miss(Presented::new(token.as_bytes()))).collect();
        for (asked, miss) in asking.iter_mut().enumerate() {
            assert!(miss.as_mut().poll(&mut context).is_pending());
            assert!(registry.trap.calls() <= usize::max(most / 2, 1) || asked >= 100);
        }
        assert_eq!(registry.trap.calls(), most);
        drop(asking);
        registry.trap.disarm();
        for token in &tokens {
            verify(&verifier, token).unwrap();
        }
    }
}

#[test]
fn a_registry_that_fails_or_hangs_is_unavailable_within_a_second_and_back_within_one() {
    for fault in [Fault::Errs, Fault::Hangs] {
        let (registry, desk) = desk();
        let options =
            token_issue::Issuer::options(&crate::POLICY, desk.registry.clone(), desk.log.clone());
        let issuer = options.start().unwrap();
        let verifier = super::real(&desk.registry);
        let (_, token) = mint(&issuer, Mint::<kind::Deploy>::new());
        let caller = verify(&verifier, &token).unwrap();
        registry.trap.arm(1, usize::MAX, fault);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| block_on(verifier.until_invalid(&caller)));
            let is_unavailable =
                || matches!(verify(&verifier, &token), Err(Refused::Unavailable { .. }));
            let time = time_until("unavailable", is_unavailable);
            // The lease, and the patience of the question that found out.
            assert!(time < Duration::from_millis(2_100), "{fault:?}: {time:?}");
            time_until("the wait ends", || waiter.is_finished());
            assert!(matches!(waiter.join().unwrap(), Refused::Unavailable { .. }));
        });
        assert!(!matches!(verifier.health(), token_issue::Health::Ready));
        registry.trap.disarm();
        let time = time_until("back", || verify(&verifier, &token).is_ok());
        assert!(time < Duration::from_millis(1_500), "{fault:?}: {time:?}");
        time_until("ready", || verifier.health() == token_issue::Health::Ready);
    }
}

#[test]
fn when_a_token_was_used_last_is_told_once_a_minute_and_refuses_nobody() {
    let (registry, desk) = desk();
    let (issuer, verifier) = (desk.issuer(), desk.verifier());
    let (id, token) = mint(&issuer, Mint::<kind::Deploy>::new());
    let (idle, _) = mint(&issuer, Mint::<kind::Deploy>::new());
    registry.trap.arm_on("touch", usize::MAX, usize::MAX, Fault::Errs);
    for minute in 1..=3 {
        for _ in 0..100 {
            verify(&verifier, &token).unwrap();
        }
        desk.clock.advance(seconds(60));
        time_until("told", || registry.trap.calls() >= minute);
        thread::sleep(Duration::from_millis(300));
        assert_eq!(registry.trap.calls(), minute);
        let rows = block_on(issuer.list(Rule::all(), None, 10)).unwrap();
        let last_used = |id| rows.iter().find(|row| row.token == id).unwrap().last_used;
        let used = last_used(id).unwrap().unix_timestamp();
        let began = crate::desk::start().unix_timestamp();
        assert_eq!(used, (began / 60 + i64::try_from(minute).unwrap() - 1) * 60);
        assert_eq!(last_used(idle), None);
    }
    registry.trap.arm_on("touch", 1, usize::MAX, Fault::Errs);
    verify(&verifier, &token).unwrap();
    desk.clock.advance(seconds(60));
    time_until("told", || registry.trap.calls() >= 1);
    verify(&verifier, &token).unwrap();
}
