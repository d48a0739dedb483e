//! The suite of all registries, over ours.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod child;
mod common;
mod dump;
mod faults;
mod looking;
mod older;
mod processes;
mod race;
mod reopened;
#[path = "../rows.rs"]
mod rows;

use token_issue::registry::{Memory, Sqlite, conformance};

token_core::policy!("../issuer/tokens.toml");

#[test]
fn memory() {
    pollster::block_on(conformance::run(async || Memory::new()));
}

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    pollster::block_on(conformance::run(async || {
        number.set(number.get() + 1);
        Sqlite::open(folder.path().join(format!("{}.db", number.get()))).unwrap()
    }));
}
