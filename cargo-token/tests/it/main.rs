//! The program as a user runs it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod arguments;
mod audit;
mod check;
mod diff;
mod exits;
mod golden;
mod hook;
mod leaks;
mod new_user;
mod output;
mod sarif;
mod scan;
mod support;
mod workflow;
