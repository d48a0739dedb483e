//! The process whose memory is read, with a registry in PostgreSQL: `residue-child-postgres PATH DIRECTORY`. The URL of the database stands in
//! a file of the directory, and the token that was minted goes into another one. It prints a line when the life is over, and parks.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

#[path = "postgres_lives.rs"]
mod lives;

fn main() {
    lives::main();
}
