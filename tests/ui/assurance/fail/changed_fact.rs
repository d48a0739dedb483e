//! The fact of an assurance cannot be changed.

use token_core::Attested;

fn main() {
    let mut image = Attested::asserted("one image");
    image.value = "another image";
}
