//! The cost of using a token: checking its expiry by two clocks, and reading it.

use std::{error::Error, hint::black_box, process::ExitCode, sync::Arc, time::Duration};

use benches::{
    allocations::{Counting, per_call},
    kind,
    measure::{Contest, Series, in_threads},
    report::Report,
    scope,
    sdk_cache::SdkCache,
};
use token_core::{
    Admission, Clock, Grant, RequireScopes, Secret, SystemClock, Token,
    record::{Discard, InMemory},
};

#[global_allocator]
static COUNTING: Counting = Counting;

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

#[derive(RequireScopes)]
#[require(scope::RepoRead, scope::RepoWrite, scope::DeployRun)]
struct Deploy;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("expose: the token of an operation");
    let token = Arc::new(Token::<kind::Ci>::admit(secret(), &grant())?);
    alone(&mut report, &token);
    shared(&mut report, &token);
    let recording = Admission::new().recorder(Arc::new(InMemory::new()));
    let recorded = recording.admit::<kind::Ci>(secret(), &grant())?;
    on_record(&mut report, &token, &recorded);
    admission(&mut report);
    let allocations = per_call(|| expose(&token));
    report.number("expose_for + as_bytes", allocations, "allocations", Some(0.0));
    let allocations = per_call(|| expose(&recorded));
    report.number("expose_for + as_bytes, recorded", allocations, "allocations", Some(0.0));
    report.number("size of a Token", size_of::<Token<kind::Ci>>() as f64, "B", Some(32.0));
    Ok(report.finish())
}

fn alone(report: &mut Report, token: &Token<kind::Ci>) {
    let cache = SdkCache::new();
    let outcome = Contest::new()
        .enter("clocks", || {
            let clock = black_box(&SystemClock);
            black_box((clock.wall(), clock.monotonic()));
        })
        .enter("expose", || expose(token))
        .enter("as_str", || {
            let _ =
                black_box(token).expose_for(&ListRepos).map(|text| black_box(text.as_str().len()));
        })
        .enter("header", || {
            let _ =
                black_box(token).expose_for(&ListRepos).map(|text| black_box(text.bearer_header()));
        })
        .enter("cache", || drop(black_box(black_box(&cache).get())))
        .run();
    let (clocks, expose) = (outcome.of("clocks"), outcome.of("expose"));
    report.time("expose_for + as_bytes", expose, Some(40.0));
    report.time("  of that, both readings of the clocks", clocks, None);
    report.number("  beyond them", expose.beyond(clocks), "ns", Some(5.0));
    report.time("expose_for + as_str", outcome.of("as_str"), None);
    report.time("expose_for + bearer_header", outcome.of("header"), None);
    report.time("(rival) SDK's cache: RwLock, Instant, clone", outcome.of("cache"), None);
}

/// Readers of one token do not write to a shared cache line; those of a lock do.
fn shared(report: &mut Report, token: &Arc<Token<kind::Ci>>) {
    let cache = SdkCache::new();
    let mut time = |what, once: &(dyn Fn() + Sync)| {
        let rounds = (0..11).map(|_| in_threads(4, once)).collect();
        report.time(what, &Series::new(rounds), None);
    };
    time("expose_for + as_bytes, 4 threads", &|| expose(token));
    time("(rival) SDK's cache, 4 threads", &|| drop(black_box(black_box(&cache).get())));
}

/// A token with a recorder costs more: a call, and a count for each scope.
fn on_record(report: &mut Report, plain: &Token<kind::Ci>, recorded: &Token<kind::Ci>) {
    let outcome = Contest::new()
        .enter("plain", || expose(plain))
        .enter("recorded", || expose(recorded))
        .enter("recorded, 3 scopes", || {
            let _ = black_box(recorded).expose_for(&Deploy).map(|text| {
                black_box(text.as_bytes());
            });
        })
        .run();
    for name in ["recorded", "recorded, 3 scopes"] {
        let what = format!("expose_for + as_bytes, {name}");
        report.ratio(&what, &outcome, [name, "plain"], None);
    }
    let counting = outcome.of("recorded").beyond(outcome.of("plain"));
    report.number("  beyond the plain one", counting, "ns", None);
}

fn admission(report: &mut Report) {
    let grant = grant();
    let recording = Admission::new().recorder(Arc::new(Discard));
    let outcome = Contest::new()
        .enter("secret", || drop(black_box(secret())))
        .enter("admit", || drop(black_box(Token::<kind::Ci>::admit(secret(), black_box(&grant)))))
        .enter("recorded", || {
            drop(black_box(recording.admit::<kind::Ci>(secret(), black_box(&grant))));
        })
        .run();
    let admission = outcome.of("admit").beyond(outcome.of("secret"));
    report.number("admit a 64-byte token and drop it", admission, "ns", None);
    let recorded = outcome.of("recorded").beyond(outcome.of("secret"));
    report.number("  recorded, by `Discard`", recorded, "ns", None);
}

#[inline]
fn expose(token: &Token<kind::Ci>) {
    if let Ok(text) = black_box(token).expose_for(&ListRepos) {
        black_box(text.as_bytes());
    }
}

fn secret() -> Secret {
    Secret::from(String::from(black_box(
        "ghp_exampleexampleexampleexampleexampleexampleexampleexampleexam",
    )))
}

fn grant() -> Grant {
    Grant::new("repo:read repo:write deploy:run").expires_in(Duration::from_secs(600))
}
