//! A database that was restored from a dump, or a standby that was promoted too early, and the revocations that are lost there.

use std::{fs, sync::Arc, time::Duration};

use pollster::block_on;
use test_support::postgres::{Server, program, run};
use token_core::caller::Refused;
use token_issue::{ErrorKind, Health, Registry, registry::Postgres};

use crate::{
    desk::{accepts, mint, time_until, verifier},
    server::{open, secret},
    world::{World, issuer, live, rows, story},
};

/// A new database with what another one has.
fn restored(server: &Server, from: &str, to: &str) -> Postgres {
    let dump = server.folder().join(format!("{to}.sql"));
    let host = server.folder().to_str().unwrap();
    let dumped = run(program("pg_dump").args(["-h", host, "-U", "registry", "-d", from]));
    fs::write(&dump, dumped).unwrap();
    let url = server.database(to);
    let file = dump.to_str().unwrap();
    let options = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "registry"];
    run(program("psql").args(options).args(["-d", to, "-f", file]));
    open(&url)
}

#[test]
fn a_restored_database_is_as_it_would_be_without_the_loss() {
    let server = Server::start();
    for seed in 0..8 {
        let (name, backup) = (format!("tokens{seed}"), format!("backup{seed}"));
        let registry = open(&server.database(&name));
        let back_up = || Arc::new(restored(&server, &name, &backup)) as Arc<dyn Registry>;
        story(seed, Arc::new(registry), back_up, seed % 2 == 1);
    }
}

/// The standby knew all, and another copy was restored. It is only read, so it need not be promoted.
#[test]
fn a_standby_in_recovery_tells_what_it_has() {
    let primary = Server::start();
    let url = primary.database("tokens");
    let mut world = World::new(Arc::new(open(&url)), 7);
    world.go_on(60);
    let backup: Arc<dyn Registry> = Arc::new(restored(&primary, "tokens", "backup"));
    let known = rows(&*backup);
    world.go_on(60);
    world.stop();
    let standby = Server::standby_of(&primary);
    let expected = world.expected(&known, true);
    assert_ne!(live(&*backup), expected, "something is lost");
    let error = Postgres::open(secret(&standby.url("tokens"))).unwrap_err();
    assert!(error.to_string().contains("standby"), "{error}");
    let options = Postgres::options(secret(&standby.url("tokens"))).only_to_read();
    let copy: Arc<dyn Registry> = Arc::new(options.open().unwrap());
    let report = world.reconcile(&backup, &[(&copy, true)]).unwrap();
    assert!(report.is_complete() && report.copies[0].in_recovery, "{report}");
    assert_eq!(live(&*backup), expected, "{report}");
    block_on(copy.revoke(known[0].token)).unwrap_err();
    let error = world.reconcile(&copy, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "what is in recovery is only a source");
    assert!(error.to_string().contains("connect to the primary"), "{error}");

    let error = Postgres::options(secret(&standby.url("postgres"))).only_to_read().open();
    assert!(error.unwrap_err().to_string().contains("has no registry"));
    let primary = Postgres::options(secret(&primary.url("tokens"))).only_to_read().open().unwrap();
    assert_eq!(live(&primary), live(&*world.registry), "it reads a primary, too");
}

/// One that has heard of what is lost refuses until it is started again. One that has not goes on.
#[test]
fn what_verifiers_that_run_do_after_it() {
    let mut server = Server::start();
    let url = server.database("tokens");
    let registry: Arc<dyn Registry> = Arc::new(open(&url));
    let mut world = World::new(Arc::clone(&registry), 1);
    let running = world.issuers()[0].clone();
    let (id, stolen) = mint(&running);
    let (_, good) = mint(&running);
    server.stop();
    copied(&server, "data", "backup");
    server.go_on();
    time_until("the server is back", || block_on(registry.show(id)).is_ok());
    let has_heard = verifier(registry.clone());
    let (_, later) = mint(&running);
    accepts(&has_heard, &stolen).unwrap();
    time_until("ready", || has_heard.health() == Health::Ready);
    assert!(block_on(running.revoke(id, "stolen")).unwrap().is_new);
    time_until("refused", || accepts(&has_heard, &stolen) == Err(Refused::Revoked));
    time_until("heard of", || has_heard.health() == Health::Ready);
    drop(running);
    world.stop();
    server.stop();
    copied(&server, "backup", "data");
    server.go_on();
    time_until("the server is back", || block_on(registry.show(id)).is_ok());

    assert!(issuer(&registry, &world.logs[0]).is_err());
    time_until("told", || matches!(has_heard.health(), Health::Distrusted { .. }));
    let fresh = verifier(registry.clone());
    accepts(&fresh, &stolen).unwrap();
    let report = world.reconcile(&registry, &[]).unwrap();
    assert_eq!((report.revoked, report.lost_tokens), (1, 1), "{report}");
    let took = time_until("refused", || accepts(&fresh, &stolen) == Err(Refused::Revoked));
    assert!(took < Duration::from_secs(1), "{took:?}");
    accepts(&fresh, &good).unwrap();
    assert_eq!(accepts(&fresh, &later), Err(Refused::Unknown));
    assert!(matches!(has_heard.health(), Health::Distrusted { .. }), "it has seen what is lost");
    assert!(matches!(accepts(&has_heard, &good), Err(Refused::Unavailable { .. })));
    assert!(issuer(&registry, &world.logs[0]).is_ok());
    let again = verifier(registry.clone());
    accepts(&again, &good).unwrap();
}

/// Puts a copy of the server's files in their place.
fn copied(server: &Server, from: &str, to: &str) {
    let (from, to) = (server.folder().join(from), server.folder().join(to));
    if to.exists() {
        fs::remove_dir_all(&to).unwrap();
    }
    run(std::process::Command::new("cp").arg("-a").arg(from).arg(to));
}
