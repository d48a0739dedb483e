//! There is no assurance by default, nor evidence.

use token_core::PlatformEvidence;

fn main() {
    let _: PlatformEvidence = Default::default();
}
