//! The machine alone: times, and answers that come late.

use std::time::Duration;

use token_core::TokenId;
use token_rotate::__test::{
    AFTER_FINAL, Answer, Facts, Failed, Fate, LONGEST_SLEEP, MOST_LOST, Machine, Moment, Rules,
    Step, Windows,
};
use token_rotate::{Handle, State};

use crate::support::secs;

const RULES: Rules =
    Rules { before_expiry: None, after: None, overlap: secs(60), poll: None, patience: secs(30) };

fn at(secs: u64) -> Moment {
    Moment { wall: Duration::from_secs(1_000_000 + secs), monotonic: Duration::from_secs(secs) }
}

fn until(end: u64) -> Answer {
    Answer::Admitted(Facts { id: None, handle: None, expires: at(end), aged: Duration::MAX })
}

fn named(end: u64, name: &'static str) -> Answer {
    let handle = Some(Handle::new(name));
    Answer::Admitted(Facts { id: None, handle, expires: at(end), aged: Duration::MAX })
}

const fn id(number: u8) -> Option<TokenId> {
    Some(TokenId::from_bytes([number; 16]))
}

/// The token with this number.
fn numbered(number: u8, end: u64) -> Answer {
    let (expires, aged) = (at(end), Duration::MAX);
    Answer::Admitted(Facts { id: id(number), handle: None, expires, aged })
}

const DOWN: Answer = Answer::Failed(Failed::Transient { retry_after: None }, None);

fn fetch(machine: &mut Machine, now: u64) -> u64 {
    let step = machine.step(at(now));
    let Step::Fetch(number) = step else { panic!("{step:?} at {now}") };
    number
}

fn asleep(machine: &mut Machine, now: u64) -> Moment {
    let step = machine.step(at(now));
    let Step::Sleep(until) = step else { panic!("{step:?} at {now}") };
    until
}

#[test]
fn windows_are_those_of_aws_unless_the_policy_says_otherwise() {
    let advisory = |lives| RULES.advisory(secs(lives)).as_secs();
    assert_eq!(
        [601, 1_200, 1_802, 5_399, 7_200, 90_000].map(advisory),
        [300, 300, 900, 900, 3_600, 3_600]
    );
    assert_eq!(
        [1, 20, 599].map(|lives| RULES.advisory(secs(lives))),
        [secs(1) / 2, secs(10), secs(599) / 2]
    );
    let mandatory = |lives| RULES.mandatory(secs(lives));
    assert_eq!(
        [9, 20, 600, 601, 90_000].map(mandatory),
        [secs(9) / 10, secs(2), secs(60), secs(60), secs(60)]
    );
    let rules = Rules { before_expiry: Some(secs(5)), ..RULES };
    assert_eq!((rules.advisory(secs(3_600)), rules.mandatory(secs(3_600))), (secs(5), secs(5)));
}

#[test]
fn the_first_try_is_in_the_first_two_thirds_of_the_window() {
    for (spread, due) in [(0.0, 900), (0.5, 1_000), (1.0, 1_100)] {
        let windows = Windows::new(&RULES, at(0), at(1_200), Duration::MAX, spread);
        assert_eq!((windows.due.monotonic, windows.urgent), (secs(due), at(1_140)));
    }
}

#[test]
fn by_age_comes_before_the_age_and_not_again_and_again_after_it() {
    let rules = Rules { after: Some(secs(86_400)), ..RULES };
    let windows =
        |aged, spread| Windows::new(&rules, at(0), Moment::NEVER, at(aged).wall, spread).due;
    assert_eq!(windows(86_400, 0.0).wall, at(86_400).wall);
    assert_eq!(windows(86_400, 1.0).wall, at(86_400 - 3_600).wall);
    assert_eq!(windows(0, 0.5).wall, at(3_600).wall);
    assert_eq!(windows(86_400, 0.0).monotonic, Duration::MAX);
}

#[test]
fn an_answer_that_comes_late_is_taken_if_nothing_better_is_held() {
    let mut machine = Machine::new(RULES, 1);
    let first = fetch(&mut machine, 0);
    asleep(&mut machine, 29);
    assert_eq!(machine.step(at(30)), Step::GiveUp(first));
    let second = fetch(&mut machine, 33);
    assert_eq!(machine.done(first, until(100), at(34)), Fate::Swap);
    assert_eq!(machine.done(second, until(600), at(35)), Fate::Swap);
    asleep(&mut machine, 36);
    let mut machine = Machine::new(RULES, 1);
    let first = fetch(&mut machine, 0);
    assert_eq!(machine.step(at(30)), Step::GiveUp(first));
    let second = fetch(&mut machine, 33);
    assert_eq!(machine.done(second, until(600), at(35)), Fate::Swap);
    assert_eq!(machine.done(first, named(900, "late"), at(36)), Fate::Late);
    assert_eq!(machine.step(at(36)), Step::Retire(Handle::new("late")), "nobody else would end it");
}

#[test]
fn what_a_lost_fetch_failed_with_changes_nothing() {
    let mut machine = Machine::new(RULES, 1);
    let first = fetch(&mut machine, 0);
    assert_eq!(machine.step(at(30)), Step::GiveUp(first));
    let next = asleep(&mut machine, 30);
    assert_eq!(machine.failures(), 1);
    let final_one = Answer::Failed(Failed::Final, None);
    assert_eq!(machine.done(first, final_one, at(30)), Fate::Late);
    assert_eq!(machine.done(first, Answer::Unchanged, at(30)), Fate::Late);
    assert_eq!((machine.failures(), machine.state(at(30))), (1, State::Expired));
    assert_eq!(asleep(&mut machine, 30), next);
}

#[test]
fn fetches_that_never_return_are_not_made_without_end() {
    let mut machine = Machine::new(RULES, 1);
    let mut given_up = Vec::new();
    for now in 0..10_000 {
        match machine.step(at(now)) {
            Step::GiveUp(number) => given_up.push(number),
            Step::Fetch(_) | Step::Sleep(_) => {}
            step => panic!("{step:?}"),
        }
    }
    assert_eq!(given_up.len(), MOST_LOST);
    // One returns, and so there may be another.
    assert_eq!(machine.done(given_up[0], DOWN, at(10_000)), Fate::Late);
    fetch(&mut machine, 10_000);
}

#[test]
fn a_token_that_was_found_expired_once_stays_so() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, until(600), at(0)), Fate::Swap);
    // Two days ahead by the wall clock, and back again.
    let ahead = Moment { wall: at(200_000).wall, ..at(10) };
    let Step::Fetch(number) = machine.step(ahead) else { panic!() };
    assert_eq!(machine.done(number, DOWN, at(11)), Fate::Drop);
    assert_eq!(machine.state(at(12)), State::Expired);
}

/// Also before anybody has taken a step.
#[test]
fn a_token_is_over_at_its_end_and_an_answer_that_comes_then_has_failed() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, until(600), at(0)), Fate::Swap);
    assert_eq!((machine.state(at(599)), machine.state(at(600))), (State::Urgent, State::Expired));
    assert_eq!(machine.next_try(at(600)), Some(Duration::ZERO));
    let number = fetch(&mut machine, 600);
    assert_eq!(machine.done(number, named(605, "late"), at(605)), Fate::Drop);
    assert_eq!((machine.failures(), machine.state(at(604))), (1, State::Expired));
    assert_eq!(machine.step(at(605)), Step::Retire(Handle::new("late")));
}

#[test]
fn a_rejection_counts_once_and_only_of_the_current_token() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert!(!machine.rejected(id(1), at(0)), "nothing is held");
    assert_eq!(machine.done(number, numbered(1, 86_400), at(0)), Fate::Swap);
    assert!(!machine.rejected(id(2), at(10)) && !machine.rejected(None, at(10)));
    assert_eq!(machine.state(at(10)), State::Fresh);
    assert!(machine.rejected(id(1), at(10)));
    assert_eq!(machine.state(at(10)), State::Expired);
    assert!(!machine.rejected(id(1), at(20)), "it was rejected before");
    let number = fetch(&mut machine, 20);
    assert_eq!(machine.done(number, numbered(2, 86_400), at(20)), Fate::Swap);
    assert!(!machine.rejected(id(1), at(30)));
    assert!(!machine.rejected(id(2), at(90_000)), "it has expired");
}

#[test]
fn rejections_soon_after_each_other_count_less_often_until_a_token_is_good_for_a_while() {
    let mut machine = Machine::new(RULES, 1);
    let mut counted = Vec::new();
    let mut held = 0;
    for now in 0..1_000 {
        if let Step::Fetch(number) = machine.step(at(now)) {
            held += 1;
            assert_eq!(machine.done(number, numbered(held, 86_400), at(now)), Fate::Swap);
        }
        if machine.rejected(id(held), at(now)) {
            counted.push(now);
        }
    }
    let pauses: Vec<_> = counted.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
    let last = *counted.last().unwrap();
    assert!(machine.rejected(id(held), at(last + 700)), "it was good for ten minutes");
    let number = fetch(&mut machine, last + 701);
    assert_eq!(machine.done(number, numbered(held + 1, 86_400), at(last + 701)), Fate::Swap);
    assert!(machine.rejected(id(held + 1), at(last + 702)), "the pause is a second again");
}

#[test]
fn a_clock_that_is_set_back_keeps_nothing_from_happening() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, until(600), at(0)), Fate::Swap);
    let back = |monotonic| Moment { wall: secs(1_000), monotonic: secs(monotonic) };
    let Step::Sleep(_) = machine.step(back(299)) else { panic!() };
    let Step::Fetch(_) = machine.step(back(501)) else { panic!("by the other clock") };
}

#[test]
fn it_never_sleeps_long_since_a_clock_may_jump() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, until(86_400), at(0)), Fate::Swap);
    assert_eq!(asleep(&mut machine, 7), at(7).after(LONGEST_SLEEP));
}

#[test]
fn it_sleeps_until_something_is_to_be_done_and_not_shorter() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(asleep(&mut machine, 5).monotonic, secs(30), "then the fetch is given up");
    assert_eq!(machine.done(number, DOWN, at(10)), Fate::Drop);
    let next = asleep(&mut machine, 10);
    assert!(next.monotonic >= secs(11) && next.monotonic <= secs(12), "{next:?}");
    let number = fetch(&mut machine, 12);
    assert_eq!(machine.done(number, until(30), at(12)), Fate::Swap);
    let next = asleep(&mut machine, 12);
    assert!(next.monotonic >= secs(21) && next.monotonic < secs(27), "{next:?}");
}

/// Nothing is to be fetched, but the token is to be wiped.
#[test]
fn it_wakes_when_the_token_expires() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, until(600), at(0)), Fate::Swap);
    let number = fetch(&mut machine, 545);
    assert_eq!(machine.done(number, Answer::Failed(Failed::Final, None), at(545)), Fate::Drop);
    assert_eq!(machine.next_try(at(590)), None);
    assert_eq!(asleep(&mut machine, 590).monotonic, secs(600));
}

#[test]
fn after_a_final_failure_only_who_asks_has_it_tried() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, Answer::Failed(Failed::Final, None), at(0)), Fate::Drop);
    assert_eq!((machine.state(at(1)), machine.next_try(at(1))), (State::Refused, None));
    asleep(&mut machine, 100_000);
    assert!(machine.want());
    assert!(!machine.want(), "no news");
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, Answer::Failed(Failed::Final, None), at(0)), Fate::Drop);
    machine.want();
    assert_eq!(machine.next_try(at(1)), Some(AFTER_FINAL - secs(1)));
    asleep(&mut machine, 59);
    let number = fetch(&mut machine, 60);
    assert_eq!(machine.done(number, Answer::Failed(Failed::Final, None), at(60)), Fate::Drop);
    // Who asked then does not ask for ever.
    asleep(&mut machine, 100_000);
    assert_eq!(machine.next_try(at(100_000)), None);
}

#[test]
fn whatever_an_issuer_asks_the_next_try_comes_before_the_end() {
    for now in [500, 541, 570, 590, 597] {
        let mut machine = Machine::new(RULES, 1);
        let number = fetch(&mut machine, 0);
        assert_eq!(machine.done(number, until(600), at(0)), Fate::Swap);
        let number = fetch(&mut machine, now);
        let busy = Failed::Transient { retry_after: Some(secs(86_400)) };
        assert_eq!(machine.done(number, Answer::Failed(busy, None), at(now)), Fate::Drop);
        assert!(machine.next_try(at(now)).unwrap() <= secs(600 - now) / 2, "at {now}");
    }
}

#[test]
fn a_handle_that_comes_back_is_not_ended() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, named(4, "a"), at(0)), Fate::Swap);
    let number = fetch(&mut machine, 3);
    assert_eq!(machine.done(number, named(8, "b"), at(3)), Fate::Swap);
    let number = fetch(&mut machine, 7);
    assert_eq!(machine.done(number, named(9_000, "a"), at(7)), Fate::Swap);
    asleep(&mut machine, 66);
    assert_eq!(machine.step(at(67)), Step::Retire(Handle::new("b")));
    machine.retired(at(67), true, false);
    asleep(&mut machine, 68);
}

#[test]
fn the_handle_of_the_token_that_is_held_is_not_ended_by_a_failure() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, named(600, "a"), at(0)), Fate::Swap);
    let number = fetch(&mut machine, 500);
    let failed = Failed::Transient { retry_after: None };
    let refused = |name| Answer::Failed(failed, Some(Handle::new(name)));
    assert_eq!(machine.done(number, refused("a"), at(500)), Fate::Drop);
    asleep(&mut machine, 500);
    let number = fetch(&mut machine, 530);
    assert_eq!(machine.done(number, refused("b"), at(530)), Fate::Drop);
    assert_eq!(machine.step(at(530)), Step::Retire(Handle::new("b")));
}

#[test]
fn a_token_that_has_expired_meanwhile_need_not_be_ended_again() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, named(100, "a"), at(0)), Fate::Swap);
    let number = fetch(&mut machine, 90);
    assert_eq!(machine.done(number, until(86_400), at(90)), Fate::Swap);
    assert_eq!(machine.step(at(150)), Step::Retire(Handle::new("a")));
    machine.retired(at(150), false, true);
    assert_eq!(machine.given_up(), 1);
    asleep(&mut machine, 400);
}

#[test]
fn closing_ends_all_and_waits_for_what_runs() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, named(4, "a"), at(0)), Fate::Swap);
    let number = fetch(&mut machine, 3);
    machine.close(at(3));
    assert_eq!(machine.step(at(3)), Step::Retire(Handle::new("a")));
    asleep(&mut machine, 3);
    machine.retired(at(3), false, true);
    asleep(&mut machine, 4);
    assert_eq!(machine.done(number, named(99, "b"), at(5)), Fate::Late);
    assert_eq!(machine.step(at(5)), Step::Retire(Handle::new("b")));
    machine.retired(at(5), true, false);
    assert_eq!(machine.step(at(5)), Step::End);
    assert_eq!(machine.given_up(), 1);
}

#[test]
fn after_the_end_nothing_is_fetched_while_a_token_is_ended_at_its_issuer() {
    let mut machine = Machine::new(RULES, 1);
    let number = fetch(&mut machine, 0);
    assert_eq!(machine.done(number, named(600, "a"), at(0)), Fate::Swap);
    machine.close(at(10));
    assert_eq!(machine.step(at(10)), Step::Retire(Handle::new("a")));
    machine.want();
    asleep(&mut machine, 20);
    assert_eq!(machine.next_try(at(20)), None);
    machine.retired(at(30), true, false);
    assert_eq!(machine.step(at(30)), Step::End);
}
