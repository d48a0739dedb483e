//! What token-redact promises: what it masks, in which forms, wherever it is printed, and at what cost.

// A test panics on purpose: that is how it fails. Nothing here is an interface.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub)]

mod support;

mod admitted;
mod coloured;
mod cost;
mod flush;
mod forms;
mod oracle;
mod registered;
mod sinks;
mod streams;
mod writer;
