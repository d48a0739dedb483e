//! A macro in another folder holds the literal. `policy!` reads the file beside the macro, and the
//! compiler tracks the one beside the caller, so the two must be the same: here the one beside the
//! macro grants more.

#[macro_use]
#[path = "macro_folder/load.rs"]
mod load;

load_policy!();

fn main() {}
