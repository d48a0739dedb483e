//! What the benchmarks beside this file share.
//!
//! Each benchmark prints a table of what token-core promises, beside its rivals
//! in the same run. With `--check` a missed limit fails the run:
//! `cargo bench -p benches --bench expose -- --check`.

pub mod allocations;
pub mod measure;
pub mod report;
pub mod sandbox;
pub mod sdk_cache;
pub mod texts;

/// The prefix of the tokens that the scanner looks for. The tree has none of them.
pub const PREFIX: &str = "acmecorp_deploy";

token_core::policy!("tokens.toml");
