//! Headers of each sort.

use std::{fs::File, io::Write, path::Path};

use http::{HeaderMap, HeaderValue};
use token_core::{Error, ErrorKind, Exposed};

use super::{Kept, ListRepos, gone, loaded};

/// Makes a header of one sort.
type Make = fn(&Exposed<'_>) -> Result<HeaderValue, Error>;

pub(super) const BEARER: Make = |exposed| exposed.bearer_header();
pub(super) const RAW: Make = |exposed| exposed.raw_header();
pub(super) const SCHEME: Make = |exposed| exposed.scheme_header("GenieKey");
pub(super) const BASIC: Make = |exposed| exposed.basic_header("ci-bot");

/// The header is cloned, put into a map, and written. It outlives the token.
pub(super) fn sent(dir: &Path, make: Make) -> Kept {
    let token = loaded(dir);
    let header = make(&token.expose_for(&ListRepos).unwrap()).unwrap();
    drop(token);
    let mut map = HeaderMap::new();
    map.insert("x-api-key", header.clone());
    File::create("/dev/null").unwrap().write_all(header.as_bytes()).unwrap();
    gone(Ok::<_, ErrorKind>((map, header)))
}

/// Nothing happens after the header is made but its end. So what its making left in registers is still there.
pub(super) fn dropped(dir: &Path, make: Make) -> Kept {
    let token = loaded(dir);
    drop(make(&token.expose_for(&ListRepos).unwrap()).unwrap());
    Box::new(token.id().is_some())
}

pub(super) fn refused(dir: &Path) -> Kept {
    let token = loaded(dir);
    super::refused(
        token.expose_for(&ListRepos).unwrap().basic_header("a:b"),
        ErrorKind::MalformedUser,
    )
}

/// The first panic makes the dynamic linker save all registers on the stack.
pub(super) fn panicked(dir: &Path, make: Make) -> Kept {
    let token = loaded(dir);
    super::panicked(move || make(&token.expose_for(&ListRepos)?))
}

/// The control: the header lives.
pub(super) fn alive(dir: &Path) -> Kept {
    Box::new(BASIC(&loaded(dir).expose_for(&ListRepos).unwrap()).unwrap())
}
