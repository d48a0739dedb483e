//! Runs git commands that need an index and write objects, without writing into the repository.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Output;

use super::command::{git, plain, what};
use super::process::{Input, Process};
use crate::Error;

/// The settings without which an index would be written elsewhere too, would lack a part of the tree, or a hook would run.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "core.sparseCheckout=false",
    "index.sparse=false",
];

/// A repository with an index, and a folder for new objects, that are elsewhere. So a tree can be made of what the
/// repository has, and compared with its working tree, and nothing is written into the repository.
///
/// ```no_run
/// # fn main() -> Result<(), token_scan::Error> {
/// let apart = token_scan::Apart::new("repository".as_ref(), "an/empty/folder".as_ref())?;
/// apart.git(["read-tree", "HEAD"], Vec::new())?;
/// apart.git(["rm", "--cached", "--quiet", "a.txt"], Vec::new())?;
/// let tree = apart.git(["write-tree"], Vec::new())?; // HEAD without this file
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Apart {
    repository: PathBuf,
    folder: PathBuf,
    objects: OsString,
}

impl Apart {
    /// Prepares a repository. The index and the objects are written into `folder`, which should be empty, and which the
    /// caller removes.
    ///
    /// # Errors
    ///
    /// Fails if git cannot be run, or if there is no repository.
    pub fn new(repository: &Path, folder: &Path) -> Result<Apart, Error> {
        let asked = git(repository, ["rev-parse", "--git-path", "objects"])?;
        let path = asked.stdout.strip_suffix(b"\n").unwrap_or(&asked.stdout);
        if !asked.status.success() || path.is_empty() {
            return Err(Error::git_said("rev-parse", asked.status.code(), &asked.stderr));
        }
        let failed = |error: std::io::Error| Error::io(folder.to_string_lossy(), &error);
        std::fs::create_dir_all(folder.join("objects")).map_err(failed)?;
        let objects =
            std::path::absolute(repository.join(super::from_git(path))).map_err(failed)?;
        let objects = alternates(&objects, std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES"));
        Ok(Apart { repository: repository.to_owned(), folder: folder.to_owned(), objects })
    }

    /// Runs a git command as [`git`](crate::git) does, with the index and the objects that are apart. `input` is what it
    /// reads on its standard input.
    ///
    /// Besides the commands that are safe for `git`, `read-tree`, `update-index`, `write-tree` and `diff-files` are, if the
    /// options keep them from the working tree. To compare the working tree with the index, git may run the filters of
    /// the user's settings, as it does at `git add`.
    ///
    /// # Errors
    ///
    /// Fails as `git` does.
    pub fn git<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        input: Vec<u8>,
    ) -> Result<Output, Error> {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let mut command = plain(&self.repository);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(&arguments)
            .env("GIT_INDEX_FILE", self.folder.join("index"))
            .env("GIT_OBJECT_DIRECTORY", self.folder.join("objects"))
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.objects);
        Process::start(command, what(&arguments), Input::Bytes(input))?.output()
    }
}

/// Writes a list of folders as git reads it: separated as paths are, and each in quotes, since a path may contain the
/// separator.
fn alternates(objects: &Path, others: Option<OsString>) -> OsString {
    let mut list = quoted(objects.as_os_str());
    if let Some(others) = others.filter(|others| !others.is_empty()) {
        list.push(if cfg!(windows) { ";" } else { ":" });
        list.push(others);
    }
    list
}

#[cfg(unix)]
fn quoted(path: &OsStr) -> OsString {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let mut quoted = vec![b'"'];
    for byte in path.as_bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', *byte]),
            b'\n' => quoted.extend(b"\\n"),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'"');
    OsString::from_vec(quoted)
}

/// A path of this system contains neither a quote nor its separator.
#[cfg(not(unix))]
fn quoted(path: &OsStr) -> OsString {
    path.to_owned()
}
