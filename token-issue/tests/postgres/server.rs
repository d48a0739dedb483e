//! A registry on a server of the tests.

use test_support::postgres::Server;
use token_core::Secret;
use token_issue::registry::Postgres;

#[track_caller]
pub(crate) fn open(url: &str) -> Postgres {
    Postgres::open(secret(url)).unwrap()
}

/// A registry in a new database.
#[track_caller]
pub(crate) fn registry(server: &Server, name: &str) -> Postgres {
    open(&server.database(name))
}

pub(crate) fn secret(url: &str) -> Secret {
    Secret::from(url.to_owned())
}
