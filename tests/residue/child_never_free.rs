//! [`residue-child`](../child.rs) under an allocator that [never frees](never_free).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod never_free;
mod paths;

fn main() {
    paths::main();
}
