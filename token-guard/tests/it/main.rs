//! What a guard finds in a request, and what it answers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod allocations;
mod builds;
mod credentials;
mod extract;
mod layer;
mod refusal;
mod routes;
mod support;
mod table;
mod telling;
mod tickets;
mod until;
