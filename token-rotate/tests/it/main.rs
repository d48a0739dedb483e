//! Tokens that are kept fresh: what readers get, whatever issuers, clocks and other readers do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

mod asynchronous;
mod basics;
mod closing;
mod conformance;
mod crowd;
mod lock;
mod machine;
mod policy;
mod schedules;
mod spread;
mod support;
mod threads;
