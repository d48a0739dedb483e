//! What token-core promises to one process. The modules mirror its rooms.
//!
//! A test here proves a contract from outside, through the public interface. What
//! the memory holds is proved by `residue`, what does not compile by `ui`.

// A test panics on purpose: that is how it fails. Nothing here is an interface.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value)]
#![allow(clippy::print_stdout, missing_docs, unreachable_pub)]

mod alloc_watch;
mod support;

mod admission;
mod audit_analysis;
mod audit_checkpoint;
mod audit_hostile;
mod audit_key;
mod audit_layout;
mod audit_log;
mod audit_proof;
mod audit_reader;
mod audit_record;
mod audit_tree;
mod audit_vectors;
mod audit_verify;
mod clock;
mod error_echo;
mod exposure;
mod http;
mod id;
mod interop;
mod issue;
mod negative_traits;
mod policy;
mod recording;
mod redact;
mod scope;
mod secret;
mod source_command;
mod source_config;
mod source_credential;
mod source_env;
mod source_file;
mod source_load;
mod source_reader;
mod source_response;
