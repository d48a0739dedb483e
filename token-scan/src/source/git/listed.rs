//! Asks git which files it tracks, and which it leaves out.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use ignore::{WalkBuilder, WalkState};

use super::command::{output, running};
use super::from_git;
use crate::Error;

/// How long git is waited for before it is asked why it takes so long.
const SOON: Duration = Duration::from_secs(1);

/// What git says about the files below a folder. The paths begin with the folder's.
#[derive(Default)]
pub(in crate::source) struct Listed {
    /// The files that git tracks, whatever `.gitignore` says.
    pub(in crate::source) tracked: HashSet<PathBuf>,
    /// The files and folders that git neither tracks nor would add, because `.gitignore` names them.
    pub(in crate::source) left_out: HashSet<PathBuf>,
}

/// Asks git about the files below the root of a repository, or below a folder in it. Settings of this machine have no
/// say, so that every machine finds the same: only the files `.gitignore` count.
pub(in crate::source) fn listed(folder: &Path) -> Result<Listed, Error> {
    let tracked = output(folder, "ls-files", ["ls-files", "-z", "--cached"])?;
    let tracked = paths(&tracked).map(|path| folder.join(from_git(path))).collect();
    let others = untracked(folder)?;
    let mut names: Vec<&[u8]> = paths(&others).collect();
    names.sort_unstable();
    names.dedup();
    let mut left_out = HashSet::new();
    for (at, name) in names.iter().enumerate() {
        // A folder in which every file is left out is listed beside its files. But it may hold what git does not list.
        let next = names.get(at + 1);
        let is_by_its_files =
            name.ends_with(b"/") && next.is_some_and(|next| next.starts_with(name));
        if !is_by_its_files && *name != b"./" {
            left_out.insert(folder.join(from_git(name.strip_suffix(b"/").unwrap_or(name))));
        }
    }
    Ok(Listed { tracked, left_out })
}

fn untracked(folder: &Path) -> Result<Vec<u8>, Error> {
    let arguments = [
        "ls-files",
        "-z",
        "--others",
        "--ignored",
        "--exclude-per-directory=.gitignore",
        "--directory",
    ];
    let mut git = running(folder, "ls-files", arguments)?;
    // git opens a pipe that is named `.gitignore`, and waits for somebody to write to it.
    if !git.is_ready(SOON) && has_odd_rules(folder) {
        return Err(Error::git_said("ls-files", None, b"a `.gitignore` is a pipe or a device"));
    }
    git.rest()
}

fn paths(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == 0).filter(|path| !path.is_empty())
}

/// Returns whether anything below a folder is named `.gitignore` and is neither a file nor a link.
fn has_odd_rules(folder: &Path) -> bool {
    let (send, found) = mpsc::channel();
    let walk = WalkBuilder::new(folder).standard_filters(false).build_parallel();
    walk.run(|| {
        let send = send.clone();
        Box::new(move |entry| {
            let Ok(entry) = entry else { return WalkState::Continue };
            let is_plain = |kind: std::fs::FileType| kind.is_file() || kind.is_symlink();
            if entry.file_name() != ".gitignore" || entry.file_type().is_some_and(is_plain) {
                return WalkState::Continue;
            }
            let _ = send.send(());
            WalkState::Quit
        })
    });
    found.try_recv().is_ok()
}
