//! The cost of a proof of scope.

use std::{error::Error, hint::black_box, process::ExitCode, time::Duration};

use benches::{
    allocations::{Counting, per_call},
    kind,
    measure::Contest,
    report::Report,
    scope,
};
use token_core::{
    AnyScopeSet, Caller, Clock, RequireScopes, SystemClock, TokenId, TokenKind,
    caller::{Deadline, Verified},
};

#[global_allocator]
static COUNTING: Counting = Counting;

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::RepoWrite, scope::DeployRun)]
struct Deploy;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("caller: a proof of scope");
    let deadline = Deadline::after(Duration::from_secs(600), &SystemClock);
    let scopes = AnyScopeSet::of_kind(kind::Ci::COMPILED);
    let verified = Verified::new(TokenId::from_bytes([7; 16]), scopes, deadline);
    let caller: Caller<kind::Ci> = verified.subject("job-17").vouch().of_kind()?;

    let outcome = Contest::new()
        .enter("rest", || {
            let clock = black_box(&SystemClock);
            black_box((clock.wall(), clock.monotonic()));
            drop(black_box(black_box(&caller).clone()));
        })
        .enter("authorize", || drop(black_box(black_box(&caller).authorize::<Deploy>())))
        .run();
    let (rest, authorize) = (outcome.of("rest"), outcome.of("authorize"));
    report.time("authorize, 3 scopes", authorize, Some(40.0));
    report.time("  of that, the clocks and the copy of the caller", rest, None);
    report.number("  beyond them: scopes and expiry", authorize.beyond(rest), "ns", Some(2.0));
    let allocations = per_call(|| drop(black_box(black_box(&caller).authorize::<Deploy>())));
    report.number("  allocations", allocations, "allocations", Some(0.0));
    Ok(report.finish())
}
