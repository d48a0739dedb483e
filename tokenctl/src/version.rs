//! Which version of the repository's files is read.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::git::Git;
use crate::project::{POLICY, Project};

/// Which version of the repository's files is read. What is to be committed or pushed is judged by what is in there with it: whatever
/// else stands in the working tree, nobody else has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// As they stand in the working tree.
    Working,
    /// As they are staged.
    Staged,
    /// As they are committed.
    Committed,
}

impl Version {
    /// The text of a file, if git has this version of it.
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

    /// The text of a file; if git doesn't have it, as it stands there.
    pub(crate) fn read(self, path: &Path, project: &Project) -> Result<String, Failure> {
        let tracked = self.tracked(path, project)?;
        tracked.map_or_else(|| project.read(path), Ok)
    }

    /// The nearest policy with its text. One that git doesn't have is better than none: more is found with it.
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

    /// What is told of a file that accepts nothing, because git doesn't have it.
    pub(crate) fn without(self, shown: &str) -> String {
        let (state, next) = match self {
            Version::Working => ("there", "write it"),
            Version::Staged => ("staged", "`git add` it"),
            Version::Committed => ("committed", "commit it"),
        };
        format!("note: {shown} is not {state}, so it accepts nothing here: {next}")
    }
}
