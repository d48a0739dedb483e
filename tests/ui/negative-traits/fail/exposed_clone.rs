//! An exposure ends where its borrow ends; a clone would end later.

use token_core::Exposed;

fn copy<'t>(exposed: &Exposed<'t>) -> Exposed<'t> {
    Clone::clone(exposed)
}

fn main() {}
