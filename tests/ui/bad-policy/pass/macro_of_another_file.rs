//! The twin: the file beside the macro and the one beside the caller say the same, byte for byte.

#[macro_use]
#[path = "macro_folder/load.rs"]
mod load;

load_policy!();

fn main() {}
