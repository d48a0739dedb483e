//! The registry in PostgreSQL, on real servers that the tests start, stop, freeze and restore.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bulk;
mod conformance;
mod desk;
mod dump;
mod durable;
mod history;
mod listening;
mod outage;
mod race;
mod reconcile;
#[path = "../rows.rs"]
mod rows;
mod schema;
mod server;
mod standby;
mod tls;
mod upgrade;
mod words;
#[path = "../reconcile/world.rs"]
mod world;

token_core::policy!("../issuer/tokens.toml");
