//! An assurance has a private field, so nobody writes one.

use token_core::{Assurance, AssuranceLevel};

fn main() {
    let _ = Assurance(AssuranceLevel::HARDWARE_ATTESTED);
}
