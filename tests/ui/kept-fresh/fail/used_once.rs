//! Two readers of a token that is kept fresh would use one token twice, so a kind with `uses = "once"` is refused.

use token_rotate::Rotating;

token_core::policy!("../../tokens.toml");

fn keep(_: &Rotating<kind::OneShot>) {}

fn main() {
    let _ = keep;
}
