//! Instances whose tokens expire at the same time don't ask at the same time.

use token_rotate::Handle;

use crate::support::{Bench, Say, kind, secs};

/// How many of a thousand instances ask in the busiest second.
fn busiest(lives: u64, say: fn(u64) -> Say) -> usize {
    let mut seconds = vec![0; lives as usize + 1];
    for _ in 0..1000 {
        let bench = Bench::<kind::Plain>::living(secs(lives));
        bench.issuer.say(say(lives));
        let mut passed = 0;
        while bench.issuer.fetches() < 2 {
            bench.pass(secs(1));
            passed += 1;
        }
        seconds[passed] += 1;
    }
    seconds.into_iter().max().unwrap()
}

#[test]
fn a_thousand_instances_do_not_meet() {
    let _ = Handle::new("");
    // Windows of 60 s, 5 min and 15 min.
    for lives in [120, 1200, 1300] {
        let busiest = busiest(lives, |lives| Say::Live(secs(lives)));
        assert!(busiest <= 50, "{busiest} of 1,000 within a second, of tokens of {lives} s");
    }
}

/// The issuer comes back after it was down, and all have failed at the same time.
#[test]
fn retries_spread_too() {
    let mut seconds = std::collections::BTreeMap::<u64, usize>::new();
    for _ in 0..1000 {
        let bench = Bench::<kind::Plain>::living(secs(86_400));
        bench.pass(secs(86_400 - 3600));
        // All fail for two minutes, and then succeed.
        let mut passed = 0;
        while bench.issuer.fetches() < 2 {
            bench.pass(secs(1));
            passed += 1;
        }
        *seconds.entry(passed).or_default() += 1;
    }
    let busiest = seconds.into_values().max().unwrap();
    assert!(busiest <= 50, "{busiest}");
}
