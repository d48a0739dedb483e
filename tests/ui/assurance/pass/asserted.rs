//! Anybody may assert.

use token_core::{Assurance, AssuranceLevel, Attested, HardwareEvidence, PlatformEvidence};

/// What a verifier of a later version will do.
fn level(platform: Option<PlatformEvidence>, hardware: Option<HardwareEvidence>) -> AssuranceLevel {
    let platform = platform.map(|evidence| Assurance::platform_attested(&evidence));
    let hardware = hardware.map(|evidence| Assurance::hardware_attested(&evidence));
    hardware.or(platform).unwrap_or(Assurance::asserted()).level()
}

fn main() {
    let image = Attested::asserted("an image");
    assert_eq!(*image.value(), "an image");
    assert_eq!(image.assurance().level(), AssuranceLevel::ASSERTED);
    assert_eq!(level(None, None), AssuranceLevel::ASSERTED);
}
