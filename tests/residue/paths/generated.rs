//! Lives of tokens that this process generated.

use std::{fs, path::Path};

use token_core::Token;

use super::{Kept, ListRepos, grant, kind};

/// Says by a file which token it is: the bytes go from the token to the kernel, and stay nowhere between.
fn generated(dir: &Path) -> Token<kind::Deploy> {
    let secret = token_issue::generate::<kind::Deploy>().unwrap();
    let token = Token::admit(secret, &grant()).unwrap();
    fs::write(dir.join("generated"), token.expose_for(&ListRepos).unwrap().as_bytes()).unwrap();
    token
}

pub(super) fn alive(dir: &Path) -> Kept {
    Box::new(generated(dir))
}

pub(super) fn dropped(dir: &Path) -> Kept {
    drop(generated(dir));
    Box::new(())
}

/// Many, of which the test looks for the last.
pub(super) fn used(dir: &Path) -> Kept {
    let tokens: Vec<_> = (0..20).map(|_| generated(dir)).collect();
    assert!(tokens.iter().all(|token| token.expose_for(&ListRepos).is_ok()));
    Box::new(())
}

pub(super) fn panicked(dir: &Path) -> Kept {
    super::panicked(|| Ok::<_, ()>(generated(dir)))
}
