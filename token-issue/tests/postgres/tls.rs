//! TLS, with certificates that are made for the test.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use pollster::block_on;
use test_support::postgres::{Server, other_user, run};
use token_core::record::Epoch;
use token_issue::{Registry, registry::Postgres};

use crate::server::secret;

/// A certificate of an authority, and one that it has signed for the host `localhost`.
fn certificates(folder: &Path) -> PathBuf {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(arguments.split_whitespace());
        run(&mut command);
    };
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2",
    );
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
    );
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
    for name in ["server.key", "server.pem"] {
        let file = folder.join(name);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        if let Some((user, group)) = other_user() {
            chown(&file, Some(user), Some(group)).unwrap();
        }
    }
    folder.join("ca.pem")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn over_tcp_a_server_must_show_a_certificate_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let authority = certificates(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let port = free_port();
    let server = Server::start_with(&[
        "listen_addresses=127.0.0.1",
        &format!("port={port}"),
        "ssl=on",
        &format!("ssl_cert_file={}", file("server.pem")),
        &format!("ssl_key_file={}", file("server.key")),
    ]);
    server.database("tokens");
    let url = |host: &str, mode: &str| format!("postgresql://registry@{host}:{port}/tokens{mode}");
    let open =
        |url: &str, authority: &Path| Postgres::options(secret(url)).authorities(authority).open();

    // Whether the URL asks for it or not.
    for mode in ["", "?sslmode=require", "?sslmode=prefer"] {
        let registry = open(&url("localhost", mode), &authority).unwrap();
        block_on(registry.poll(Epoch { n: 0, mark: [0; 16] })).unwrap();
        let sql = "SELECT count(*) = count(*) FILTER (WHERE s.ssl) FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) \
                   WHERE a.application_name = 'token-registry'";
        assert_eq!(server.sql("tokens", sql), "t", "{mode}");
    }
    let other = tempfile::tempdir().unwrap();
    let stranger = certificates(other.path());
    for (url, authority) in [
        (url("localhost", ""), &stranger),
        // The certificate is for another name.
        (url("127.0.0.1", "?sslmode=require"), &authority),
    ] {
        let error = open(&url, authority).unwrap_err().to_string();
        assert!(error.contains("TLS has failed"), "{error}");
    }
    // The system trusts others.
    let error = Postgres::open(secret(&url("localhost", ""))).unwrap_err().to_string();
    assert!(error.contains("trust"), "{error}");
    open(&url("127.0.0.1", "?sslmode=disable"), &authority).unwrap();
    let empty = folder.path().join("names");
    let error = open(&url("localhost", ""), &empty).unwrap_err().to_string();
    assert!(error.contains("names") && error.contains("PEM"), "{error}");
}

/// Who could come in between must not be able to have all of it in clear.
#[test]
fn a_server_without_tls_is_refused_unless_the_url_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let authority = certificates(folder.path());
    let port = free_port();
    let server = Server::start_with(&["listen_addresses=127.0.0.1", &format!("port={port}")]);
    server.database("tokens");
    let url = format!("postgresql://registry@127.0.0.1:{port}/tokens");
    for mode in ["", "?sslmode=prefer", "?sslmode=require"] {
        let options = Postgres::options(secret(&format!("{url}{mode}"))).authorities(&authority);
        let error = options.open().unwrap_err().to_string();
        assert!(error.contains("sslmode"), "{error}");
    }
    Postgres::open(secret(&format!("{url}?sslmode=disable"))).unwrap();
}
