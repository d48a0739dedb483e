//! The registry in PostgreSQL, on real servers that the tests start, stop, freeze and restore.
//!
//! A server runs in a temporary folder, on a Unix socket. PostgreSQL does not run as root; where the tests do, its server
//! runs as the user `postgres`, which Debian's package makes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;
mod conformance;
mod server;

token_core::policy!("../issuer/tokens.toml");
