//! The cost of taking the current token from who keeps it fresh.

use std::{error::Error, hint::black_box, process::ExitCode, time::Duration};

use arc_swap::ArcSwap;
use benches::{
    allocations::{Counting, per_call},
    kind,
    measure::{Contest, Series, in_threads},
    report::Report,
    scope,
    sdk_cache::SdkCache,
};
use token_core::{Admission, Clock, Current, Grant, RequireScopes, Secret, SystemClock, Token};
use token_rotate::{Attempt, Failure, Fetched, Issuer, Rotating};

#[global_allocator]
static COUNTING: Counting = Counting;

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

/// Gives tokens for an hour.
struct Hour;

impl Issuer<kind::Ci> for Hour {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        Ok(Fetched::new(secret(), grant()))
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("rotate: the current token");
    let (rotating, hand) = Rotating::<kind::Ci>::options(Admission::new(), Hour).by_hand();
    hand.step();
    let asked: &dyn Current<kind::Ci> = &rotating;
    let bare = ArcSwap::from_pointee(Token::<kind::Ci>::admit(secret(), &grant())?);
    let cache = SdkCache::new();
    let outcome = Contest::new()
        .enter("clocks", || {
            let clock = black_box(&SystemClock);
            black_box((clock.wall(), clock.monotonic()));
        })
        // What a reader does in any case: it follows the pointer.
        .enter("arc-swap", || {
            black_box(black_box(&bare).load().id());
        })
        .enter("arc-swap, clocks", || {
            let clock = black_box(&SystemClock);
            black_box((clock.wall(), clock.monotonic()));
            black_box(black_box(&bare).load().id());
        })
        .enter("current", || {
            if let Ok(token) = black_box(&rotating).current() {
                black_box(token.id());
            }
        })
        .enter("load_full, clocks", || {
            let clock = black_box(&SystemClock);
            black_box((clock.wall(), clock.monotonic()));
            black_box(black_box(&bare).load_full().id());
        })
        .enter("lease", || {
            if let Ok(token) = Current::current(black_box(&rotating)) {
                black_box(token.id());
            }
        })
        .enter("dyn lease", || {
            if let Ok(token) = black_box(asked).current() {
                black_box(token.id());
            }
        })
        .enter("exposed", || {
            if let Ok(token) = black_box(&rotating).current()
                && let Ok(text) = token.expose_for(&ListRepos)
            {
                black_box(text.as_bytes());
            }
        })
        .enter("cache", || drop(black_box(black_box(&cache).get())))
        .run();
    let (clocks, current) = (outcome.of("clocks"), outcome.of("current"));
    report.time("current()", current, None);
    report.time("  of that, both readings of the clocks", clocks, None);
    report.number("  beyond them", current.beyond(clocks), "ns", Some(15.0));
    report.time("  a bare arc-swap", outcome.of("arc-swap"), None);
    let both = ["current", "arc-swap, clocks"];
    report.ratio("  beside a bare arc-swap and the clocks", &outcome, both, Some(1.2));
    let both = ["lease", "load_full, clocks"];
    report.ratio("Current::current(), beside load_full and the clocks", &outcome, both, Some(1.5));
    let both = ["dyn lease", "load_full, clocks"];
    report.ratio("  as &dyn Current", &outcome, both, Some(1.5));
    report.time("current() and exposed for an operation", outcome.of("exposed"), None);
    report.time("(rival) SDK's cache: RwLock, Instant, clone", outcome.of("cache"), None);
    let take = || {
        if let Ok(token) = rotating.current() {
            black_box(token.id());
        }
    };
    let lease = || {
        if let Ok(token) = asked.current() {
            black_box(token.id());
        }
    };
    report.number("current()", per_call(take), "allocations", Some(0.0));
    report.number("Current::current()", per_call(lease), "allocations", Some(0.0));
    let mut time = |what, once: &(dyn Fn() + Sync)| {
        let rounds = (0..11).map(|_| in_threads(4, once)).collect();
        report.time(what, &Series::new(rounds), None);
    };
    time("current(), 4 threads", &take);
    time("Current::current(), 4 threads", &lease);
    time("(rival) SDK's cache, 4 threads", &|| drop(black_box(black_box(&cache).get())));
    Ok(report.finish())
}

fn secret() -> Secret {
    Secret::from(black_box("ghp_example").repeat(6))
}

fn grant() -> Grant {
    Grant::new("repo:read repo:write deploy:run").expires_in(Duration::from_secs(600))
}
