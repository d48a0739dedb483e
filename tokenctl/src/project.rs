//! Where the command works: the repository, and the policy in it.

use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;
use crate::file;

/// What a policy is called.
pub(crate) const POLICY: &str = "tokens.toml";

/// Where the command works.
pub(crate) struct Project {
    /// The folder that the command was started in.
    pub(crate) here: PathBuf,
    /// The repository's folder, or else the one that the command was started in. Paths are shown relative to it.
    pub(crate) root: PathBuf,
}

impl Project {
    pub(crate) fn find() -> Result<Project, Failure> {
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        let here = here.map_err(|error| Failure::at("the current folder", &error))?;
        let root = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here);
        Ok(Project { root: root.to_owned(), here })
    }

    /// The policy in the current folder, or in the nearest one above it within the repository.
    pub(crate) fn find_policy(&self) -> Option<PathBuf> {
        self.folders().map(|folder| folder.join(POLICY)).find(|path| path.is_file())
    }

    /// The current folder and those above it within the repository.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.here.ancestors().take_while(|folder| folder.starts_with(&self.root))
    }

    /// The policy that was asked for, or else the one that is there.
    pub(crate) fn policy(&self, given: Option<&Path>) -> Result<PathBuf, Failure> {
        if let Some(given) = given {
            return Ok(given.to_owned());
        }
        self.find_policy().ok_or_else(|| {
            let message =
                format!("there is no `{POLICY}` here or above, up to the repository's root");
            Failure::new(message).help("make one with `tokenctl init`, or name the file")
        })
    }

    /// A path as it is shown: from the root of the repository if it is in there, with `/` on every system.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let below = self.below(path);
        let shown = below.as_deref().unwrap_or(path).to_string_lossy();
        if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
    }

    /// A path from the root of the repository, if it is in there.
    pub(crate) fn below(&self, path: &Path) -> Option<PathBuf> {
        let whole = self.here.join(path);
        if let Ok(below) = whole.strip_prefix(&self.root)
            && below.components().all(|part| matches!(part, Component::Normal(_)))
        {
            return Some(below.to_owned());
        }
        // A file that is not there yet has no canonical path, but its folder may have.
        let whole = whole.canonicalize().ok().or_else(|| {
            let folder = whole.parent()?.canonicalize().ok()?;
            Some(folder.join(whole.file_name()?))
        })?;
        whole.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// Reads a text file.
    pub(crate) fn read(&self, path: &Path) -> Result<String, Failure> {
        file::text(path, &self.shown(path))
    }
}
