//! Knows whether a history goes on where this repository ends, because its older part was not fetched.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use super::command::output;
use super::from_git;
use super::raw::Id;
use crate::Error;
use crate::source::root;

/// The most bytes of the list that are read: more than 400,000 commits.
const MOST: u64 = 16 << 20;

/// Returns whether one of the commits has parents that this repository lacks. git lists such commits in a file
/// (gitrepository-layout(5)), and otherwise treats them as if they had none.
pub(super) fn is_cut(repository: &Path, commits: &HashSet<Id>) -> Result<bool, Error> {
    let path = output(repository, "rev-parse", ["rev-parse", "--git-path", "shallow"])?;
    let path = repository.join(from_git(path.strip_suffix(b"\n").unwrap_or(&path)));
    let mut list = Vec::new();
    match root::named(&path) {
        Ok((file, _)) => file.take(MOST).read_to_end(&mut list),
        Err(error) if root::is_absent(&error) => return Ok(false),
        Err(error) => Err(error),
    }
    .map_err(|error| {
        Error::git_said("rev-parse", None, format!("shallow: {}", error.kind()).as_bytes())
    })?;
    let ids = list.split(|byte| *byte == b'\n').filter_map(Id::parse);
    Ok(ids.into_iter().any(|id| commits.contains(&id)))
}
