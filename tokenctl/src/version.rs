//! Decides which version of the repository's files is read.

use std::path::{Path, PathBuf};

use token_scan::Range;

use crate::failure::Failure;
use crate::git::Git;
use crate::project::Project;

/// A version of the repository's files. What is to be committed or pushed is judged by the policy, rules and
/// suppressions that are committed with it, since nobody else has what is only in the working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The files as they stand in the working tree.
    Working,
    /// The files as they are staged.
    Staged,
    /// The files as the last commit of a range has them.
    Committed(Range),
}

/// A policy that was found: its path, the name by which it is shown, and its text.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) shown: String,
    pub(crate) text: String,
    /// Whether it is what the change replaces or removes.
    pub(crate) is_old: bool,
}

impl Version {
    /// Returns the text of a file, or `None` if git doesn't have this version of it.
    pub(crate) fn tracked(
        &self,
        path: &Path,
        project: &Project,
    ) -> Result<Option<String>, Failure> {
        let head = match self {
            Version::Working => return Ok(None),
            Version::Staged => ":0:".to_owned(),
            Version::Committed(range) => format!("{}:", range.to),
        };
        let Some(below) = project.below(path) else { return Ok(None) };
        of(&head, &below, project)
    }

    /// Returns the text of a file. If git doesn't have this version of it, it is read from the working tree.
    pub(crate) fn read(&self, path: &Path, project: &Project) -> Result<String, Failure> {
        let tracked = self.tracked(path, project)?;
        tracked.map_or_else(|| project.read(path), Ok)
    }

    /// Finds the policies in the repository, wherever they are, with those that the change replaces or removes: a change
    /// must not have a scan look for fewer tokens. If git doesn't have this version of any policy, the nearest one in the
    /// working tree is read, since a scan finds more with it.
    pub(crate) fn policies(&self, project: &Project) -> Result<Vec<Found>, Failure> {
        let git = Git::new(&project.root);
        let mut found = Vec::new();
        match self {
            Version::Working => working(&git, project, &mut found)?,
            Version::Staged => {
                add(":0:", git.staged_policies()?, project, false, &mut found)?;
                if let Some(head) = git.commit("HEAD").ok().flatten() {
                    let old = git.policies_of(&head)?;
                    add(&format!("{head}:"), old, project, true, &mut found)?;
                }
            }
            Version::Committed(range) => {
                add(
                    &format!("{}:", range.to),
                    git.policies_of(&range.to)?,
                    project,
                    false,
                    &mut found,
                )?;
                if let Some(from) = &range.from {
                    add(&format!("{from}:"), git.policies_of(from)?, project, true, &mut found)?;
                }
            }
        }
        if found.is_empty()
            && let Some(path) = project.find_policy()
        {
            found.push(in_tree(path, project)?);
        }
        // What is said of a token is what the nearest policy says.
        let near = |found: &Found| {
            project.folders().position(|folder| found.path.parent() == Some(folder))
        };
        found.sort_by_cached_key(|found| {
            (found.is_old, near(found).unwrap_or(usize::MAX), found.path.clone())
        });
        Ok(found)
    }

    /// Writes the note about a file of suppressions that accepts nothing, because git doesn't have this version of it.
    pub(crate) fn without(&self, shown: &str) -> String {
        let (state, next) = match self {
            Version::Working => ("there", "write it"),
            Version::Staged => ("staged", "`git add` it"),
            Version::Committed(_) => ("committed", "commit it"),
        };
        format!("note: {shown} is not {state}, so it accepts nothing here: {next}")
    }
}

/// Finds the policies in the working tree, also those that are deleted there, but not committed so yet.
fn working(git: &Git<'_>, project: &Project, found: &mut Vec<Found>) -> Result<(), Failure> {
    let mut paths = git.policies()?;
    // Outside of a repository, and where git ignores it, the nearest policy counts all the same.
    paths.extend(project.find_policy().and_then(|path| project.below(&path)));
    paths.sort();
    paths.dedup();
    for below in paths {
        let path = project.root.join(&below);
        if path.symlink_metadata().is_ok() {
            found.push(in_tree(path, project)?);
        } else {
            add(":0:", vec![below], project, true, found)?;
        }
    }
    Ok(())
}

fn in_tree(path: PathBuf, project: &Project) -> Result<Found, Failure> {
    let (shown, text) = (project.shown(&path), project.read(&path)?);
    Ok(Found { path, shown, text, is_old: false })
}

/// Adds policies that git has, unless the same text is there already.
fn add(
    head: &str,
    paths: Vec<PathBuf>,
    project: &Project,
    is_old: bool,
    found: &mut Vec<Found>,
) -> Result<(), Failure> {
    for below in paths {
        let Some(text) = of(head, &below, project)? else { continue };
        if found.iter().any(|known| known.text == text) {
            continue;
        }
        let path = project.root.join(&below);
        found.push(Found { shown: project.shown(&path), path, text, is_old });
    }
    Ok(())
}

/// Returns the text of a file that git has.
fn of(head: &str, below: &Path, project: &Project) -> Result<Option<String>, Failure> {
    let below = below.to_string_lossy().replace('\\', "/");
    Git::new(&project.root).text(&format!("{head}{below}"))
}
