//! Finds the repository in which the command works, and the policy in it.

use std::path::{Component, Path, PathBuf};

use token_policy::report::path_text;
use token_scan::SUPPRESSIONS_FILE;

use crate::failure::Failure;
use crate::file;

/// The file name of a policy.
pub(crate) const POLICY: &str = "tokens.toml";

/// The folders in which the command works.
pub(crate) struct Project {
    /// The folder in which the command was started.
    pub(crate) here: PathBuf,
    /// The root of the repository, or `here` if there is no repository. Paths are shown relative to it.
    pub(crate) root: PathBuf,
    /// The folder from which on the nearest policy is looked for: `here`, or what was named in another repository.
    near: PathBuf,
}

impl Project {
    pub(crate) fn find() -> Result<Project, Failure> {
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        let here = here.map_err(|error| Failure::at("the current folder", &error))?;
        let root = root_of(&here).unwrap_or(&here).to_owned();
        Ok(Project { root, near: here.clone(), here })
    }

    /// Finds the project that these paths belong to: the one in which the command works, unless all of them stand in
    /// another. Fails if they belong to several, since each has a policy and suppressions of its own.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Project, Failure> {
        let project = Project::find()?;
        let mut homes: Vec<(PathBuf, PathBuf)> =
            paths.iter().filter_map(|path| project.home(path)).collect();
        let Some((root, near)) = homes.pop() else { return Ok(project) };
        if homes.iter().any(|(other, _)| *other != root) {
            let message = "these paths are in several repositories, each with a policy of its own";
            return Err(Failure::usage(message).help("name the paths of one repository at a time"));
        }
        if root == project.root {
            return Ok(project);
        }
        let is_above = |above: &&Path| homes.iter().all(|(_, folder)| folder.starts_with(above));
        let near = near.ancestors().find(is_above).unwrap_or(&root).to_owned();
        Ok(Project { root, near, ..project })
    }

    /// Returns the root of the project to which a path belongs, and the path's folder; `None` if it belongs to none. A path
    /// that is not there is told when it is scanned.
    fn home(&self, path: &Path) -> Option<(PathBuf, PathBuf)> {
        let whole = path.canonicalize().ok()?;
        let folder = if whole.is_dir() { whole.as_path() } else { whole.parent()? };
        if self.is_repository() && folder.starts_with(&self.root) {
            return Some((self.root.clone(), folder.to_owned()));
        }
        // An export has no `.git`, and what it says counts all the same.
        let is_own = says_something(&self.here) && folder.starts_with(&self.here);
        let export = if is_own { &self.here } else { folder };
        let root = root_of(folder).or_else(|| says_something(export).then_some(export))?;
        Some((root.to_owned(), folder.to_owned()))
    }

    /// Returns whether there is a repository here.
    pub(crate) fn is_repository(&self) -> bool {
        self.root.join(".git").exists()
    }

    /// Finds the policy in the current folder, or in what was named, or in the nearest folder above within the repository.
    /// Returns `None` if there is none.
    pub(crate) fn find_policy(&self) -> Option<PathBuf> {
        self.find_file(POLICY)
    }

    /// Finds a file with this name as a [policy](Project::find_policy) is found.
    pub(crate) fn find_file(&self, name: &str) -> Option<PathBuf> {
        // What is no file, such as a link, is found too: it is told when it is read.
        self.folders().map(|folder| folder.join(name)).find(|path| path.symlink_metadata().is_ok())
    }

    /// Yields the folder in which the policy is looked for first and those above it within the repository, from the
    /// innermost on.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.near.ancestors().take_while(|folder| folder.starts_with(&self.root))
    }

    /// Returns the path of the policy that is [found](Project::find_policy). Fails if there is none.
    pub(crate) fn policy(&self) -> Result<PathBuf, Failure> {
        self.find_policy().ok_or_else(|| {
            let message =
                format!("there is no `{POLICY}` here or above, up to the repository's root");
            Failure::new(message).help("make one with `tokenctl init`, or name the file")
        })
    }

    /// Returns a path as it is shown: relative to the root of the repository if it is below the root, with `/` on every
    /// system.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let below = self.below(path);
        let shown = below.as_deref().unwrap_or(path).as_os_str().as_encoded_bytes();
        let shown = path_text(shown);
        if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
    }

    /// Returns a path relative to the root of the repository, or `None` if it is not below the root.
    pub(crate) fn below(&self, path: &Path) -> Option<PathBuf> {
        let whole = self.here.join(path);
        if let Ok(below) = whole.strip_prefix(&self.root)
            && below.components().all(|part| matches!(part, Component::Normal(_)))
        {
            return Some(below.to_owned());
        }
        // A file that does not exist yet has no canonical path, but its folder may have one.
        let whole = whole.canonicalize().ok().or_else(|| {
            let folder = whole.parent()?.canonicalize().ok()?;
            Some(folder.join(whole.file_name()?))
        })?;
        whole.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// Reads a text file. One that is below the root of the repository is opened as one that may be hostile.
    pub(crate) fn read(&self, path: &Path) -> Result<String, Failure> {
        let shown = self.shown(path);
        let whole = file::plain(&self.here.join(path));
        match whole.strip_prefix(&self.root) {
            Ok(below) => file::text_below(&self.root, below, &shown),
            Err(_) => file::text(path, &shown),
        }
    }
}

/// Returns the root of the repository in which a folder is.
fn root_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// Returns whether a folder has a policy or suppressions.
fn says_something(folder: &Path) -> bool {
    [POLICY, SUPPRESSIONS_FILE].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
}
