//! Many tokens: the start of a verifier with them, one rule that ends them, and a flood of forged ones.
#![allow(clippy::print_stdout, reason = "figures")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use test_support::postgres::{Server, within};
use token_core::{
    Verify as _,
    caller::{Hit, Presented, Refused},
};
use token_issue::{Registry, Verifier, registry::Rule};

use crate::{
    POLICY,
    desk::{issuer, mint},
    server::registry,
};

const NUMBER: usize = 100_000;

/// So many rows of tokens that nobody has.
fn fill(server: &Server) {
    let rows = format!(
        "INSERT INTO token_registry.token (id, digest, kind, scopes, minted_at, expires_at, born, depth, subject, once, actor)
         SELECT decode(md5(i::text), 'hex'), sha256(i::text::bytea), 'deploy', 'deploy:read deploy:run', extract(epoch FROM now())::bigint,
             extract(epoch FROM now())::bigint + 900, 0, 0, 'ci', false, 'token-service'
         FROM generate_series(1, {NUMBER}) i"
    );
    server.sql("tokens", &rows);
    server.sql("tokens", "VACUUM ANALYZE token_registry.token");
}

#[test]
fn a_hundred_thousand_tokens_are_revoked_by_one_row() {
    let server = Server::start();
    let registry: Arc<dyn Registry> = Arc::new(registry(&server, "tokens"));
    fill(&server);
    let issuer = issuer(Arc::clone(&registry));
    let tokens: Vec<_> = (0..100).map(|_| mint(&issuer).1).collect();
    let whole = NUMBER + tokens.len();

    let began = Instant::now();
    // Shards of the memory fill up unevenly.
    let options = Verifier::options(&POLICY, Arc::clone(&registry)).capacity(2 * whole);
    let verifier = block_on(options.warm_up(Duration::from_secs(60)).start()).unwrap();
    let started = began.elapsed();
    assert_eq!(verifier.remembered(), whole);
    let is_accepted =
        |token: &Vec<u8>| matches!(verifier.hit(Presented::new(token)), Hit::Caller(_));
    // A busy machine may let the lease run out.
    within("all are accepted", Duration::from_secs(5), || tokens.iter().all(is_accepted));

    let rows = || {
        let sql = "SELECT count(*) FROM token_registry.rule UNION ALL SELECT count(*) FROM token_registry.revocation
            UNION ALL SELECT count(*) FROM token_registry.token WHERE state <> 0";
        server
            .sql("tokens", sql)
            .lines()
            .map(|it| it.trim().parse::<u64>().unwrap())
            .collect::<Vec<_>>()
    };
    let before = rows();
    let own = block_on(registry.snapshot(0, token_core::UtcDateTime::now())).unwrap().at;
    let began = Instant::now();
    let revoked = block_on(registry.revoke_matching(Rule::all().kind("deploy"))).unwrap();
    let at_registry = began.elapsed();
    let began = Instant::now();
    within("none is accepted", Duration::from_secs(5), || !tokens.iter().any(is_accepted));
    let at_verifier = began.elapsed();
    within("memory is empty", Duration::from_secs(5), || verifier.remembered() == 0);
    println!(
        "{NUMBER} tokens: a verifier started with them in {started:?}; one rule took {at_registry:?}, was applied {at_verifier:?} later, \
         and memory was empty after {:?}",
        began.elapsed()
    );
    assert!(at_registry < Duration::from_secs(1), "{at_registry:?}");
    assert!(at_verifier < Duration::from_secs(1), "{at_verifier:?}");

    assert_eq!(rows(), [before[0] + 1, before[1] + 1, before[2]]);
    let feed = block_on(registry.poll(own)).unwrap();
    assert_eq!((feed.listed, feed.tokens.len(), feed.rules.len()), (revoked.at, 0, 1));
    for token in tokens.iter().take(10) {
        let refused = block_on(verifier.miss(Presented::new(token))).unwrap_err();
        assert_eq!(refused, Refused::Revoked);
    }
}

/// Somebody changes the table of the tokens, and has it locked for himself.
#[test]
fn a_verifier_starts_while_the_rows_cannot_be_read() {
    let server = Server::start();
    let registry: Arc<dyn Registry> = Arc::new(registry(&server, "tokens"));
    let (_, token) = mint(&issuer(Arc::clone(&registry)));
    let start = || {
        let options = Verifier::options(&POLICY, Arc::clone(&registry));
        block_on(options.warm_up(Duration::from_millis(300)).start()).unwrap()
    };
    assert_eq!(start().remembered(), 1);
    std::thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE token_registry.token; SELECT pg_sleep(1.5); COMMIT";
        let locked = scope.spawn(|| server.sql("tokens", lock));
        let has_lock =
            "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted";
        within("locked", Duration::from_secs(5), || server.sql("tokens", has_lock).trim() == "1");
        let began = Instant::now();
        let verifier = start();
        let took = began.elapsed();
        assert!(
            took >= Duration::from_millis(300) && took < Duration::from_millis(1_400),
            "{took:?}"
        );
        assert_eq!(verifier.remembered(), 0);
        locked.join().unwrap();
        // The rows come when they can be read.
        within("they are there", Duration::from_secs(5), || verifier.remembered() == 1);
        let hit = || matches!(verifier.hit(Presented::new(&token)), Hit::Caller(_));
        within("it is accepted", Duration::from_secs(5), hit);
    });
}

/// Forged tokens on 64 threads for a second, against a verifier with this limit. Returns how many were refused, and how many of them were
/// looked for.
fn flood(registry: &Arc<dyn Registry>, unknown_per_second: u32) -> (u64, u64) {
    let options = Verifier::options(&POLICY, Arc::clone(registry)).warm_up(Duration::ZERO);
    let verifier = block_on(options.unknown_per_second(unknown_per_second).start()).unwrap();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                while began.elapsed() < Duration::from_secs(1) {
                    let token = token_issue::generate::<crate::kind::Deploy>().unwrap();
                    token.with_bytes("a test presents it", |token| {
                        block_on(verifier.miss(Presented::new(token))).unwrap_err()
                    });
                }
            });
        }
    });
    let refused: Vec<_> = verifier.counts().refused().collect();
    let unknown = refused.iter().find(|(cause, _)| *cause == "Unknown").unwrap().1;
    (refused.iter().map(|(_, number)| number).sum(), unknown)
}

#[test]
fn a_flood_is_as_many_questions_to_the_server_as_the_budget_says() {
    let server = Server::start();
    let registry: Arc<dyn Registry> = Arc::new(registry(&server, "tokens"));
    fill(&server);
    let (refused, unknown) = flood(&registry, u32::MAX);
    println!(
        "without a limit {refused} tokens were refused in a second, {unknown} after a question"
    );
    let (refused, unknown) = flood(&registry, 100);
    println!(
        "with the limit {refused} tokens were refused in a second, {unknown} after a question"
    );
    // Ten seconds are saved, and the flood takes one, or some more on a busy machine.
    assert!((1_000..2_000).contains(&unknown), "{unknown}");
    assert!(refused > unknown);
}
