//! What token-core promises to one process. The modules mirror its rooms.
//!
//! A test here proves a contract from outside, through the public interface. What
//! the memory holds is proved by `residue` in the crate `tests`, what does not compile by `ui` there.

// A test panics on purpose: that is how it fails. Nothing here is an interface.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value)]
#![allow(clippy::print_stdout, missing_docs, unreachable_pub)]

mod support;

mod admission;
mod caller;
mod clock;
mod current;
mod digest;
mod endless;
mod error_echo;
mod errors;
mod exposure;
mod http;
mod id;
mod interop;
mod lock;
mod log;
mod negative_traits;
mod policy;
mod policy_leaked;
mod recording;
mod rejected;
mod scope;
mod secret;
mod source_command;
mod source_command_terminal;
mod source_command_words;
mod source_config;
mod source_credential;
mod source_env;
mod source_file;
mod source_load;
mod source_reader;
mod source_response;
mod wipe;
