//! What several crates promise together, in one process. What one crate promises is tested in that crate.
//!
//! What the memory holds is proved by `residue`, what does not compile by `ui`.

// A test panics on purpose: that is how it fails. Nothing here is an interface.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub)]

mod issue;
mod secret_doors;
