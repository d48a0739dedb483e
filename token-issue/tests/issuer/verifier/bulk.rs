//! Many tokens that are revoked at once.
#![allow(clippy::print_stdout, reason = "figures")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_core::{
    TokenId,
    caller::{Hit, Refused},
};
use token_issue::{
    Digest, Mint, Registry, Row,
    registry::{Memory, Rule, Sqlite},
};

use super::{another, assert_from_memory, hit, mint, time_until, verify};
use crate::{
    desk::{Desk, start},
    kind,
};

#[test]
fn a_hundred_thousand_tokens_are_revoked_by_one_row() {
    revoked_by_one_row(Arc::new(Memory::new()), 100_000);
}

/// Fewer, since each takes the time of a commit's part.
#[test]
fn twenty_thousand_tokens_in_a_file_are_revoked_by_one_row() {
    let folder = tempfile::tempdir().unwrap();
    revoked_by_one_row(Arc::new(Sqlite::open(folder.path().join("tokens.db")).unwrap()), 20_000);
}

fn revoked_by_one_row(registry: Arc<dyn Registry>, number: usize) {
    let desk = Desk::with(registry);
    fill(&*desk.registry, number);
    let issuer = desk.issuer();
    let ours = || Mint::<kind::Deploy>::new().subject("ci");
    let tokens: Vec<_> = (0..200).map(|_| mint(&issuer, ours()).1).collect();
    let (_, of_other_kind) = mint(&issuer, another().subject("ci"));
    let (_, of_other) = mint(&issuer, Mint::<kind::Deploy>::new().subject("alice"));
    // Shards of the memory fill up unevenly.
    let options = desk.verifier_options().capacity(2 * number).warm_up(Duration::from_secs(60));
    let verifier = block_on(options.start()).unwrap();
    assert_eq!(verifier.remembered(), number + tokens.len() + 2);
    assert_from_memory(&verifier, &tokens[0]);

    let before = block_on(desk.registry.revoke_matching(Rule::all().kind("foreign"))).unwrap().at;
    let began = Instant::now();
    let revoked = block_on(desk.registry.revoke_matching(Rule::all().kind("deploy").subject("ci")));
    let at_registry = began.elapsed();
    let revoked = revoked.unwrap();
    let began = Instant::now();
    let is_refused = |token: &String| !matches!(hit(&verifier, token), Hit::Caller(_));
    time_until("all are refused", || tokens.iter().all(is_refused) && verifier.remembered() == 2);
    let at_verifier = began.elapsed();
    println!(
        "{number} tokens: revoked in {at_registry:?}, refused by a verifier {at_verifier:?} later"
    );
    assert!(at_registry < Duration::from_secs(1) && at_verifier < Duration::from_secs(1));

    assert_eq!((revoked.at.n, revoked.tokens), (before.n + 1, 0));
    let feed = block_on(desk.registry.poll(before)).unwrap();
    assert_eq!((feed.listed, feed.tokens.len(), feed.rules.len()), (revoked.at, 0, 1));
    for token in &tokens {
        assert_eq!(verify(&verifier, token).unwrap_err(), Refused::Revoked);
    }
    assert_from_memory(&verifier, &of_other);
    assert_from_memory(&verifier, &of_other_kind);
}

/// Rows of tokens that nobody has.
fn fill(registry: &dyn Registry, number: usize) {
    let mut random = fastrand::Rng::with_seed(1);
    let mut row = || {
        let token = TokenId::from_bytes(random.u128(..).to_be_bytes());
        let mut row = Row::new(token, "deploy", start(), start() + Duration::from_secs(900));
        row.scopes = vec!["deploy:read".into(), "deploy:run".into()];
        row.subject = Some("ci".into());
        let mut digest = [0; 32];
        random.fill(&mut digest);
        registry.insert(Digest::from_bytes(digest), row, start())
    };
    for first in (0..number).step_by(4_096) {
        // Those that are asked for together share commits.
        let asked: Vec<_> = (first..(first + 4_096).min(number)).map(|_| row()).collect();
        asked.into_iter().for_each(|asked| block_on(asked).unwrap().unwrap());
    }
}
