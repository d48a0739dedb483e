//! Compares the working tree with a commit.

use std::collections::BTreeSet;
use std::path::Path;

use token_policy::report::path_text;
use token_scan::Apart;

use super::tree::{Tree, answer};
use crate::failure::Failure;
use crate::git;

/// Returns the names of the files that differ, but for locks. The index of the repository is not asked: what is marked
/// there as unchanged may be changed.
pub(super) fn differing(apart: &Apart, root: &Path, tree: &Tree) -> Result<Vec<String>, Failure> {
    tree.read_into(apart)?;
    // Compares contents, and notes which files are as they should be. Its code says whether all of them are.
    apart.git(["update-index", "-q", "--really-refresh"], Vec::new())?;
    let changed = ["diff-files", "-z", "--name-only", "--no-ext-diff", "--ignore-submodules=none"];
    let new = ["ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"];
    let lists = [answer(apart, &changed)?, answer(apart, &new)?];
    let names = lists.iter().flat_map(|list| list.split(|byte| *byte == 0));
    let names = names.filter(|name| !name.is_empty() && !is_left_out(name, root, tree));
    let names: BTreeSet<&[u8]> = names.collect();
    Ok(names.into_iter().map(|name| path_text(name).into_owned()).collect())
}

/// Whether the file is a lock that the source is without. In the working tree it may be gone, but it is nothing else.
fn is_left_out(name: &[u8], root: &Path, tree: &Tree) -> bool {
    let found = root.join(git::path(name)).symlink_metadata();
    tree.is_lock(name) && found.map_or(true, |found| found.is_file())
}
