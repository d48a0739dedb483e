//! A server in recovery, and one that is promoted too early.

use std::{fs, sync::Arc, time::Duration};

use pollster::block_on;
use test_support::postgres::{Server, program, run};
use token_core::{caller::Refused, record::Epoch};
use token_issue::{Health, Registry, RegistryError, registry::Postgres};

use crate::{
    desk::{accepts, issuer, mint, time_until, verifier},
    rows::{NOON, digests, id, insert, row},
    server::{open, secret},
};

fn both(one: &Server, other: &Server) -> String {
    format!("{}&host={}", one.url("tokens"), other.folder().display())
}

#[test]
fn a_standby_is_no_registry() {
    let primary = Server::start();
    let url = primary.database("tokens");
    drop(open(&url));
    let standby = Server::standby_of(&primary);
    let error = Postgres::open(secret(&standby.url("tokens"))).unwrap_err();
    assert!(matches!(error, RegistryError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("connect to the primary"), "{error}");

    // Of both hosts, whichever comes first, the one that takes changes.
    for (one, other) in [(&standby, &primary), (&primary, &standby)] {
        let both = both(one, other);
        let registry = open(&both);
        let answer = block_on(registry.poll(Epoch { n: 0, mark: [0; 16] })).unwrap().answer;
        assert!(!answer.in_recovery);
    }
}

/// The server that a registry was opened on begins to follow another one.
#[test]
fn a_server_that_has_become_a_standby_is_refused() {
    let mut server = Server::start();
    let url = server.database("tokens");
    let registry = Arc::new(open(&url));
    let (issuer, verifier) = (issuer(registry.clone()), verifier(registry.clone()));
    let (_, token) = mint(&issuer);
    insert(&*registry, &row(id(1, 1)));
    accepts(&verifier, &token).unwrap();
    let own = block_on(registry.snapshot(0, NOON)).unwrap().at;
    server.stop();
    fs::write(server.data().join("standby.signal"), "").unwrap();
    server.go_on();

    time_until("told", || matches!(verifier.health(), Health::Distrusted { .. }));
    let Health::Distrusted { why, .. } = verifier.health() else { panic!() };
    assert!(why.to_string().contains("replica"), "{why}");
    assert_eq!(verifier.remembered(), 0);
    let answer = accepts(&verifier, &token);
    assert!(matches!(answer, Err(Refused::Unavailable { .. })), "{answer:?}");
    assert!(block_on(registry.poll(own)).unwrap().answer.in_recovery);
    assert!(block_on(registry.read(digests(id(1, 1)), own)).unwrap().answer.in_recovery);
    let error = block_on(registry.show(id(1, 1))).unwrap_err();
    assert!(error.to_string().contains("standby"), "{error}");
    let error = block_on(registry.unclosed("example.com/tokens", 10)).unwrap_err();
    assert!(error.to_string().contains("standby"), "{error}");
    block_on(registry.revoke(id(1, 1))).unwrap_err();

    promote(&server);
    let back = time_until("the promoted server is used", || accepts(&verifier, &token).is_ok());
    assert!(back < Duration::from_millis(1_500), "{back:?}");
}

fn promote(server: &Server) {
    run(program("pg_ctl").args(["promote", "-w", "-D"]).arg(server.data()));
}

/// Without synchronous replication a revocation can be lost. Who has heard of it refuses the server that has not.
#[test]
fn a_standby_that_was_promoted_too_early_is_refused() {
    let mut primary = Server::start();
    primary.database("tokens");
    let mut standby = Server::standby_of(&primary);
    let url = both(&primary, &standby);
    let registry = Arc::new(open(&url));
    let (issuer, verifier) = (issuer(registry.clone()), verifier(registry.clone()));
    let (gone, _) = mint(&issuer);
    let (id, stolen) = mint(&issuer);
    accepts(&verifier, &stolen).unwrap();
    let follows =
        "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()";
    time_until("the standby follows", || primary.sql("tokens", follows) == "1");
    let known = block_on(issuer.revoke(gone, "a test")).unwrap();
    assert_eq!(known.servers, Some(2));
    let is_there = || standby.sql("tokens", "SELECT n FROM token_registry.epoch") == "1";
    time_until("the standby has it", is_there);

    // Nothing reaches the standby any more, and then the primary dies.
    standby.stop();
    let lost = block_on(issuer.revoke(id, "stolen")).unwrap();
    assert_eq!(lost.servers, Some(1));
    time_until("refused", || accepts(&verifier, &stolen) == Err(Refused::Revoked));
    time_until("heard of", || verifier.remembered() == 0);
    primary.stop();
    standby.go_on();
    promote(&standby);

    time_until("told", || matches!(verifier.health(), Health::Distrusted { .. }));
    let answer = accepts(&verifier, &stolen);
    assert!(matches!(answer, Err(Refused::Unavailable { .. })), "{answer:?}");
}

/// A primary that hangs still takes connections. Whoever waits for it alone never comes to the one that has taken its place.
#[test]
fn a_server_that_hangs_does_not_hide_the_one_that_was_promoted() {
    let primary = Server::start();
    primary.database("tokens");
    let standby = Server::standby_of(&primary);
    let registry = Arc::new(open(&both(&primary, &standby)));
    let (issuer, verifier) = (issuer(registry.clone()), verifier(registry));
    let (_, token) = mint(&issuer);
    accepts(&verifier, &token).unwrap();
    let follows =
        "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()";
    time_until("the standby has it", || primary.sql("tokens", follows) == "1");
    primary.freeze();
    promote(&standby);
    let back = time_until("the promoted server is used", || {
        standby.sql("tokens", CONNECTED).parse::<u32>().unwrap() > 0
    });
    assert!(back < Duration::from_secs(3), "{back:?}");
    time_until("it answers", || accepts(&verifier, &token).is_ok());
    time_until("memory counts", || verifier.health() == Health::Ready);
}

/// How many connections a server has that registries have made.
const CONNECTED: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'token-registry'";
