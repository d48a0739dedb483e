//! Decides which version of the repository's files is read.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::git::Git;
use crate::project::{POLICY, Project};

/// A version of the repository's files. What is to be committed or pushed is judged by the policy, rules and
/// suppressions that are committed with it, since nobody else has what is only in the working tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The files as they stand in the working tree.
    Working,
    /// The files as they are staged.
    Staged,
    /// The files as they are committed at `HEAD`.
    Committed,
}

impl Version {
    /// Returns the text of a file, or `None` if git doesn't have this version of it.
    pub(crate) fn tracked(self, path: &Path, project: &Project) -> Result<Option<String>, Failure> {
        let head = match self {
            Version::Working => return Ok(None),
            Version::Staged => ":0:",
            Version::Committed => "HEAD:",
        };
        let Some(below) = project.below(path) else { return Ok(None) };
        let below = below.to_string_lossy().replace('\\', "/");
        Git::new(&project.root).text(&format!("{head}{below}"))
    }

    /// Returns the text of a file. If git doesn't have this version of it, it is read from the working tree.
    pub(crate) fn read(self, path: &Path, project: &Project) -> Result<String, Failure> {
        let tracked = self.tracked(path, project)?;
        tracked.map_or_else(|| project.read(path), Ok)
    }

    /// Returns the path and the text of the nearest policy, or `None` if there is none. If git doesn't have this
    /// version of any policy, the one in the working tree is read, since a scan finds more with it.
    pub(crate) fn policy(self, project: &Project) -> Result<Option<(PathBuf, String)>, Failure> {
        for folder in project.folders() {
            let path = folder.join(POLICY);
            if let Some(text) = self.tracked(&path, project)? {
                return Ok(Some((path, text)));
            }
        }
        let Some(path) = project.find_policy() else { return Ok(None) };
        let text = project.read(&path)?;
        Ok(Some((path, text)))
    }

    /// Writes the note about a file of suppressions that accepts nothing, because git doesn't have this version of it.
    pub(crate) fn without(self, shown: &str) -> String {
        let (state, next) = match self {
            Version::Working => ("there", "write it"),
            Version::Staged => ("staged", "`git add` it"),
            Version::Committed => ("committed", "commit it"),
        };
        format!("note: {shown} is not {state}, so it accepts nothing here: {next}")
    }
}
