//! The evidence of hardware has a private field, and no value.

use token_core::{Assurance, HardwareEvidence};

fn main() {
    let _ = Assurance::hardware_attested(&HardwareEvidence { _verified: panic!() });
}
