//! What token-audit promises to one process. The modules mirror its parts.
//!
//! A test here proves a contract from outside: through the public interface, and through the feature `__test` for what is
//! only reached with files of another kind. What a log is worth on failing disks is proved by `disk`.

// A test panics on purpose: that is how it fails. Nothing here is an interface.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value)]
#![allow(clippy::print_stdout, missing_docs, unreachable_pub)]

mod support;

mod admission;
mod analysis;
mod checkpoint;
mod error;
mod hostile;
mod key;
mod layout;
mod log;
mod proof;
mod reader;
mod record;
mod stored;
mod tree;
mod vectors;
mod verify;
mod witness;
