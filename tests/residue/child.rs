//! The process whose memory is read: lives one life of a token, then waits.
//!
//! Usage: `residue-child PATH DIRECTORY`. It learns the token only through the
//! path that is under test, prints a line when the token's life is over, and
//! parks until it is killed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod paths;

fn main() {
    paths::main();
}
