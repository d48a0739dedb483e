//! The suite of all registries.

use std::cell::Cell;

use test_support::postgres::{Pooler, Server};
use token_issue::registry::conformance;

use crate::server::{open, registry};

#[test]
fn every_check_holds() {
    let server = Server::start();
    let number = Cell::new(0);
    pollster::block_on(conformance::run(async || {
        number.set(number.get() + 1);
        registry(&server, &format!("trial_{}", number.get()))
    }));
    assert!(number.get() > 30, "each check has a database");
}

/// No statement may rely on what an earlier one has left on its connection, but for those of one transaction.
#[test]
fn every_check_holds_behind_a_pooler() {
    let server = Server::start();
    let pooler = Pooler::before(&server);
    let number = Cell::new(0);
    pollster::block_on(conformance::run(async || {
        number.set(number.get() + 1);
        let name = format!("trial_{}", number.get());
        server.database(&name);
        open(&pooler.url(&name))
    }));
    assert!(number.get() > 30, "each check has a database");
    assert!(!server.said().contains("prepared statement"), "{}", server.said());
}
