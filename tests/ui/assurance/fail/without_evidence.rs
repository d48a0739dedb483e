//! A level above asserted takes evidence.

use token_core::Assurance;

fn main() {
    let _ = Assurance::platform_attested(&());
}
