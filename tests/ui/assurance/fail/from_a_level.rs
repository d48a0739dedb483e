//! The word for a level vouches for nothing.

use token_core::{Assurance, AssuranceLevel};

fn main() {
    let _: Assurance = AssuranceLevel::PLATFORM_ATTESTED;
}
