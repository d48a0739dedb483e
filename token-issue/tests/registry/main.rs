//! The suite of all registries, over ours.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use token_issue::registry::{Memory, conformance};

#[test]
fn memory() {
    pollster::block_on(conformance::run(async || Memory::new()));
}
