//! [`residue-child-postgres`](../child_postgres.rs) under an allocator that [never frees](never_free).

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

#[path = "postgres_lives.rs"]
mod lives;
mod never_free;

fn main() {
    lives::main();
}
