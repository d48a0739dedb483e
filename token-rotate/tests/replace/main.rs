//! What a run that replaces a token does to its issuer and its consumer, wherever it fails or is killed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "tests"
)]

mod faults;
mod limits;
mod order;
mod two_runs;
mod world;
