//! The evidence of a platform has a private field, and no value.

use token_core::{Assurance, PlatformEvidence};

fn main() {
    let _ = Assurance::platform_attested(&PlatformEvidence { _verified: panic!() });
}
