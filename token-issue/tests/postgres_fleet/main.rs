//! A hundred verifiers, each with a registry of its own as on a hundred nodes, on real servers of PostgreSQL, in schedules of faults
//! that are drawn from a seed: listeners are killed, processes stopped, servers frozen and restarted, packets swallowed, and a standby is promoted
//! too early. Whatever happens, nobody accepts a token later than a second after `revoke` has returned.
//!
//! `FLEET_SCHEDULES` says how many schedules are tried, and `FLEET_SEED` with which the first of them begins. It needs the right to make
//! network namespaces, and Debian's packages `postgresql` and `iproute2`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

mod check;
mod child;
mod clock;
#[path = "../postgres/desk.rs"]
#[allow(dead_code, reason = "what this test does not need")]
mod desk;
mod failover;
mod faults;
mod fleet;
mod net;
mod node;
mod schedule;
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "what this test does not need")]
mod server;
mod tests;
mod token;
mod world;

token_core::policy!("../issuer/tokens.toml");
