//! The tables: who makes them, who may use them, and which ones are not ours.

use std::thread;

use pollster::block_on;
use test_support::postgres::Server;
use token_issue::{Registry, RegistryError, State, registry::Postgres};

use crate::{
    rows::{NOON, digest, digests, id, insert, row},
    server::{open, secret},
};

#[test]
fn many_that_open_an_empty_database_at_once_make_one_registry() {
    let server = Server::start();
    for round in 0..5 {
        let url = server.database(&format!("tokens_{round}"));
        let epochs: Vec<_> = thread::scope(|scope| {
            let opening: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| block_on(open(&url).snapshot(0, NOON)).unwrap().at))
                .collect();
            opening.into_iter().map(|opened| opened.join().unwrap()).collect()
        });
        assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
    }
}

#[test]
fn a_role_that_may_use_the_tables_need_not_own_them() {
    let server = Server::start();
    let url = server.database("tokens");
    server.sql("tokens", "CREATE ROLE app LOGIN");
    let app = url.replace("registry@", "app@");
    let error = Postgres::open(secret(&app)).unwrap_err().to_string();
    assert!(error.contains("42501") && error.contains("own the schema"), "{error}");
    drop(open(&url));
    let error = Postgres::open(secret(&app)).unwrap_err().to_string();
    assert!(error.contains("grant"), "{error}");
    // As docs/issuing.md says.
    server.sql(
        "tokens",
        "GRANT USAGE ON SCHEMA token_registry TO app;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA token_registry TO app",
    );
    let registry = open(&app);
    insert(&registry, &row(id(1, 1)));
    assert!(block_on(registry.revoke(id(1, 1))).unwrap().is_new);
}

#[test]
fn a_service_that_only_verifies_needs_less() {
    let server = Server::start();
    let url = server.database("tokens");
    let registry = open(&url);
    insert(&registry, &row(id(1, 1)));
    // As docs/issuing.md says.
    server.sql(
        "tokens",
        "CREATE ROLE app LOGIN;
         GRANT USAGE ON SCHEMA token_registry TO app;
         GRANT SELECT ON ALL TABLES IN SCHEMA token_registry TO app;
         GRANT UPDATE (state, last_used) ON token_registry.token TO app",
    );
    let verifies = open(&url.replace("registry@", "app@"));
    let own = block_on(verifies.snapshot(10, NOON)).unwrap().at;
    block_on(verifies.poll(own)).unwrap();
    assert!(block_on(verifies.read(digests(id(1, 1)), own)).unwrap().row.is_some());
    block_on(verifies.touch(vec![(id(1, 1), NOON)])).unwrap();
    let spent = block_on(verifies.spend(digests(id(1, 1)), own, None, None, NOON)).unwrap();
    assert!(spent.row.is_some());
    let row = block_on(registry.show(id(1, 1))).unwrap().unwrap();
    assert_eq!((row.state, row.last_used), (State::Spent, Some(NOON)));
    for error in [
        block_on(verifies.revoke(id(1, 1))).map(drop),
        block_on(verifies.insert(digest(id(1, 2)), crate::rows::row(id(1, 2)), NOON)).map(drop),
        block_on(verifies.prune(NOON)).map(drop),
    ] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains("42501"), "{error}");
    }
}

#[test]
fn other_schemas_are_refused_and_left_alone() {
    let server = Server::start();
    let other = server.database("other");
    server.sql("other", "CREATE SCHEMA token_registry; CREATE TABLE token_registry.token (id int)");
    let error = Postgres::open(secret(&other)).unwrap_err();
    assert!(matches!(error, RegistryError::Unsuitable { .. }), "{error}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'token_registry'";
    assert_eq!(server.sql("other", tables), "1");
}

#[test]
fn a_role_whose_commits_do_not_wait_for_the_disk_is_refused() {
    let server = Server::start();
    let url = server.database("tokens");
    server.sql("tokens", "ALTER ROLE registry SET synchronous_commit = off");
    let error = Postgres::open(secret(&url)).unwrap_err();
    assert!(matches!(error, RegistryError::Unsuitable { .. }), "{error}");
    assert!(error.to_string().contains("ALTER ROLE"), "{error}");
    server.sql("tokens", "ALTER ROLE registry RESET synchronous_commit");
    open(&url);
}

/// A damaged row is an error, and never a token with fewer bounds.
#[test]
fn a_row_that_makes_no_sense_is_damage() {
    let server = Server::start();
    let registry = open(&server.database("tokens"));
    insert(&registry, &row(id(1, 1)));
    for change in [
        "build = 'main'",
        "state = 1",
        "state = 7",
        "depth = -1",
        "expires_at = 9223372036854775807",
        "born = -1",
    ] {
        server.sql("tokens", &format!("BEGIN; CREATE TABLE kept AS TABLE token_registry.token; UPDATE token_registry.token SET {change}; COMMIT"));
        let error = block_on(registry.show(id(1, 1))).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{change}: {error}");
        server.sql("tokens", "BEGIN; DELETE FROM token_registry.token; INSERT INTO token_registry.token TABLE kept; DROP TABLE kept; COMMIT");
        block_on(registry.show(id(1, 1))).unwrap().unwrap();
    }
    server.sql("tokens", "DROP SCHEMA token_registry CASCADE");
    let error = block_on(registry.show(id(1, 1))).unwrap_err();
    assert!(error.to_string().contains("are gone or changed"), "{error}");
}
