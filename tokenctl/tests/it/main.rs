//! The program as a user runs it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod accept;
mod arguments;
mod audit;
mod check;
mod diff;
mod echo;
mod elsewhere;
mod exits;
mod golden;
mod hook;
#[cfg(unix)]
mod hostile;
mod judged;
mod leaks;
mod levels;
mod lock;
mod lock_check;
mod lock_log;
mod lock_merge;
mod lock_verify;
#[cfg(unix)]
mod names;
mod new_user;
mod notices;
mod output;
#[cfg(unix)]
mod pipelines;
#[cfg(all(unix, feature = "postgres"))]
mod registry;
#[cfg(target_os = "linux")]
mod rotate;
mod rotation_workflow;
mod routes;
mod sarif;
mod scan;
mod show;
mod source_id;
mod staged;
mod support;
#[cfg(unix)]
mod terminal;
mod witness;
mod workflow;
