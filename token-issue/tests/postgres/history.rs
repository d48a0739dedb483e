//! A database that was restored from a backup.

use std::{fs, process::Command, sync::Arc, time::Duration};

use pollster::block_on;
use test_support::postgres::{Server, run};
use token_core::caller::Refused;
use token_issue::{Health, Registry};

use crate::{
    desk::{accepts, issuer, mint, time_until, verifier},
    rows::NOON,
    server::open,
};

/// Puts a copy of the server's files in their place.
fn copied(server: &Server, from: &str, to: &str) {
    let (from, to) = (server.folder().join(from), server.folder().join(to));
    if to.exists() {
        fs::remove_dir_all(&to).unwrap();
    }
    run(Command::new("cp").arg("-a").arg(from).arg(to));
}

#[test]
fn a_restored_database_that_lacks_a_revocation_is_refused() {
    let mut server = Server::start();
    let url = server.database("tokens");
    let registry = Arc::new(open(&url));
    let (issuer, verifier) = (issuer(registry.clone()), verifier(registry.clone()));
    let (id, stolen) = mint(&issuer);
    let (_, good) = mint(&issuer);
    server.stop();
    copied(&server, "data", "backup");
    server.go_on();
    time_until("the server is back", || accepts(&verifier, &good).is_ok());
    accepts(&verifier, &stolen).unwrap();
    time_until("ready", || verifier.health() == Health::Ready && verifier.remembered() == 2);
    assert!(block_on(issuer.revoke(id, "stolen")).unwrap().is_new);
    time_until("heard of", || verifier.remembered() == 1);
    assert_eq!(accepts(&verifier, &stolen), Err(Refused::Revoked));

    server.stop();
    copied(&server, "data", "newest");
    copied(&server, "backup", "data");
    server.go_on();
    time_until("told", || matches!(verifier.health(), Health::Distrusted { .. }));
    let Health::Distrusted { why, .. } = verifier.health() else { panic!() };
    assert!(why.to_string().contains("another history"), "{why}");
    assert_eq!(verifier.remembered(), 0);
    for token in [&stolen, &good] {
        let answer = accepts(&verifier, token);
        assert!(matches!(answer, Err(Refused::Unavailable { .. })), "{answer:?}");
    }
    // The control: to a verifier that has not heard of the revocation the backup looks right, and it takes the token.
    let late = crate::desk::verifier(Arc::new(open(&url)));
    accepts(&late, &stolen).unwrap();

    server.stop();
    copied(&server, "newest", "data");
    server.go_on();
    let back = time_until("the right history is trusted", || accepts(&verifier, &good).is_ok());
    assert!(back < Duration::from_millis(1_500), "{back:?}");
    assert_eq!(accepts(&verifier, &stolen), Err(Refused::Revoked));
}

/// What a registry answers of another history, whatever a verifier makes of it.
#[test]
fn an_epoch_of_another_history_is_not_known() {
    let mut server = Server::start();
    let registry = Arc::new(open(&server.database("tokens")));
    let issuer = issuer(registry.clone());
    let (first, _) = mint(&issuer);
    server.stop();
    copied(&server, "data", "backup");
    server.go_on();
    let at = |token| {
        time_until("revoked", || block_on(registry.revoke(token)).is_ok());
        block_on(registry.snapshot(0, NOON)).unwrap().at
    };
    let own = at(first);
    server.stop();
    copied(&server, "backup", "data");
    server.go_on();
    let other = at(first);
    assert_eq!((own.n, other.n), (1, 1));
    assert_ne!(own.mark, other.mark, "as many revocations, under another mark");
    let feed = block_on(registry.poll(own)).unwrap();
    assert!(!feed.answer.knows_own);
    assert_eq!((feed.listed, feed.tokens.len()), (own, 0));
}
