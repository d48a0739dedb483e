//! A fact and its assurance are made together.

use token_core::{Assurance, Attested};

fn main() {
    let _ = Attested { value: "another image", assurance: Assurance::asserted() };
}
