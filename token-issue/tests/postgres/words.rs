//! What is said when something is wrong, and that no part of the URL is in it.

use std::fs;

use pollster::block_on;
use test_support::{fresh_token, postgres::Server};
use token_core::record::Epoch;
use token_issue::{Registry, registry::Postgres};

use crate::{
    rows::{id, insert, row},
    server::{open, secret},
};

/// The error of this URL, which has none of these texts in it.
fn refused(url: &str, hidden: &[&str]) -> String {
    let error = Postgres::open(secret(url)).unwrap_err();
    let said = format!("{error} {error:?}");
    for hidden in hidden {
        assert!(!said.contains(hidden), "{said}");
        let is_told = |part: &[u8]| memchr::memmem::find(said.as_bytes(), part).is_some();
        assert!(!hidden.as_bytes().windows(8).any(is_told), "eight bytes: {said}");
    }
    error.to_string()
}

#[test]
fn a_url_that_cannot_be_read_is_not_shown() {
    let password = fresh_token();
    for url in [
        format!("postgresql://user:{password}@host:port/tokens"),
        format!("postgresql://user:{password}@localhost/tokens?{password}=1"),
        format!("postgresql://user:pass@{password}@localhost:x/tokens"),
        format!("postgresql://user:{password}%zz@localhost/tokens"),
        format!("mysql://user:{password}@localhost/tokens"),
        format!("password={password} nonsense"),
        format!("password='{password} host=localhost"),
        format!("host={password} user=a"),
        format!("host=localhost {password}={password}"),
        format!("host=localhost port={password}"),
        format!("host=localhost hostaddr={password}"),
        format!("host=localhost sslmode={password}"),
        format!("postgresql://{password}:{password}@[{password}]/tokens"),
        format!("postgresql://{password}:{password}@localhost:99999999/{password}"),
        format!("postgresql://user:%ff{password}%00@localhost:1/tokens"),
        format!("postgresql://{password}@localhost:1/%ff{password}"),
        format!("postgresql://user:{password}@localhost:1/{password}?sslmode=disable"),
        format!("postgresql://user@localhost:1/tokens?password={password}&sslmode=disable"),
        format!("postgresql://user@localhost/tokens?sslmode={password}"),
        format!("postgresql://user@localhost/tokens?channel_binding={password}"),
        format!("postgresql://user@localhost/tokens?target_session_attrs={password}"),
        format!("postgresql://user@localhost/tokens?connect_timeout={password}"),
        format!("postgresql://user@localhost/tokens?keepalives_idle={password}"),
        format!("postgresql://user@localhost/tokens?load_balance_hosts={password}"),
        format!("postgresql://user@localhost/tokens?sslnegotiation={password}"),
        format!("postgresql://user@{password}.invalid:1/tokens?sslmode=disable"),
        format!("postgresql://user@/tokens?host=/{password}"),
        format!("postgresql://user:\n{password}\r@localhost:1/tokens?sslmode=disable"),
        password.clone(),
    ] {
        let said = refused(&url, &[&password, &password[..16]]);
        // The library takes some of them, for other hosts than were meant.
        let words = [
            "postgresql://USER:PASSWORD@HOST",
            "no server listens there",
            "cannot be reached",
            "the server",
        ];
        assert!(words.iter().any(|words| said.contains(words)), "{said}");
    }
    let url = format!("postgresql://user:{password}@localhost/tokens");
    let options = Postgres::options(secret(&url)).authorities("/etc/ca.pem");
    let shown = format!("{options:?}");
    assert!(shown.contains("ca.pem") && !shown.contains(&password[..16]), "{shown}");
}

#[test]
fn each_failure_says_what_to_do() {
    let mut server = Server::start();
    let folder = server.folder().display().to_string();
    let (password, other) = (fresh_token(), fresh_token());
    let url = server.database("tokens");
    drop(open(&url));
    server.sql("tokens", &format!("CREATE ROLE app LOGIN PASSWORD '{password}'"));
    server.sql("tokens", "GRANT USAGE ON SCHEMA token_registry TO app; GRANT SELECT ON ALL TABLES IN SCHEMA token_registry TO app");
    let rules = server.data().join("pg_hba.conf");
    let trusting = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, format!("local all app scram-sha-256\n{trusting}")).unwrap();
    server.sql("tokens", "SELECT pg_reload_conf()");
    let app = |password: &str| format!("postgresql://app:{password}@/tokens?host={folder}");
    let registry = open(&app(&password));
    let shown = format!("{registry:?}");
    assert!(!shown.contains(&password[..16]), "{shown}");
    block_on(registry.poll(Epoch { n: 0, mark: [0; 16] })).unwrap();
    let error = block_on(registry.revoke(id(1, 1))).unwrap_err().to_string();
    assert!(error.contains("be granted its tables"), "{error}");

    let hidden = [&*other, &password, &folder];
    for (url, word) in [
        (app(&other), "the user or the password"),
        (url.replace("registry@", "nobody@"), "the user or the password"),
        (url.replace("/tokens?", "/absent?"), "no such database"),
        (format!("{url}&port=1"), "no server listens there"),
        (format!("{url}/absent"), "no server listens there"),
        ("postgresql://app@127.0.0.1:1/tokens?sslmode=disable".into(), "no server listens there"),
        ("postgresql://app@127.0.0.1:1/tokens".into(), "no server listens there"),
    ] {
        let said = refused(&url, &hidden);
        assert!(said.contains(word), "{word}: {said}");
    }
    server.sql("postgres", "ALTER ROLE app CONNECTION LIMIT 0");
    let said = refused(&app(&password), &hidden);
    assert!(said.contains("no connection left"), "{said}");
    server.stop();
    let said = refused(&app(&password), &hidden);
    assert!(said.contains("whether the server runs"), "{said}");
}

/// The server's own messages quote what they are given.
#[test]
fn no_value_of_a_row_is_in_an_error() {
    let server = Server::start();
    let registry = open(&server.database("tokens"));
    let subject = fresh_token();
    let mut row = row(id(1, 1));
    row.subject = Some(subject.clone());
    insert(&registry, &row);
    server.sql("tokens", "ALTER TABLE token_registry.token ADD CHECK (subject IS NULL OR length(subject) < 10) NOT VALID");
    row.token = id(1, 2);
    let digest = crate::rows::digest(row.token);
    let error = block_on(registry.insert(digest, row, crate::rows::NOON)).unwrap_err();
    assert!(error.to_string().contains("SQLSTATE 23514"), "{error}");
    assert!(!format!("{error} {error:?}").contains(&subject[..16]), "{error}");
    assert!(
        server.said().contains(&subject[..16]),
        "the control: the server says it in its own log"
    );
}

/// It works in any runtime, whichever way that one runs its tasks.
#[test]
fn it_works_within_a_runtime_and_is_dropped_there() {
    let server = Server::start();
    let url = server.database("tokens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let registry = open(&url);
        let row = row(id(1, 1));
        registry
            .insert(crate::rows::digest(row.token), row, crate::rows::NOON)
            .await
            .unwrap()
            .unwrap();
        assert!(registry.revoke(id(1, 1)).await.unwrap().is_new);
        drop(registry);
    });
}
