//! Reads files as they were, by the `git` command.

use std::path::Path;
use std::process::{Output, Stdio};

use crate::failure::Failure;

/// The repository that contains a folder.
pub(crate) struct Git<'p> {
    folder: &'p Path,
}

impl<'p> Git<'p> {
    pub(crate) fn new(folder: &'p Path) -> Git<'p> {
        Git { folder }
    }

    pub(crate) fn is_repository(&self) -> Result<bool, Failure> {
        self.run(&["rev-parse", "--git-dir"]).map(|output| output.status.success())
    }

    /// Returns whether git knows a commit by this name.
    pub(crate) fn has_commit(&self, revision: &str) -> Result<bool, Failure> {
        self.object(&format!("{revision}^{{commit}}")).map(|found| found.is_some())
    }

    /// Returns the text that a name such as `HEAD:tokens.toml` stands for, or `None` if there is no such file.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(object) = self.object(name)? else { return Ok(None) };
        let output = self.run(&["cat-file", "blob", &object])?;
        if !output.status.success() {
            return Err(Failure::new(format!("`{name}` is not a file")));
        }
        let text = String::from_utf8(output.stdout);
        text.map(Some).map_err(|_| Failure::new(format!("{name}: this is not UTF-8 text")))
    }

    /// Returns the folder in which git looks for hooks.
    pub(crate) fn hooks(&self) -> Result<std::path::PathBuf, Failure> {
        let output = self.run(&["rev-parse", "--git-path", "hooks"])?;
        let path = String::from_utf8_lossy(&output.stdout);
        match path.strip_suffix('\n').filter(|path| output.status.success() && !path.is_empty()) {
            Some(path) => Ok(self.folder.join(path)),
            None => Err(Failure::new("this is not a git repository")
                .help("a hook belongs to a repository: run `git init` first")),
        }
    }

    /// Returns the id of an object, or `None` if git knows no object by this name.
    fn object(&self, name: &str) -> Result<Option<String>, Failure> {
        let output = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", name])?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(id).filter(|id| output.status.success() && !id.is_empty()))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let mut git = token_scan::git(self.folder);
        git.args(arguments).stdin(Stdio::null()).output().map_err(|error| {
            Failure::new(format!("`git` could not be run: {}", error.kind()))
                .help("install git, or name files instead of revisions")
        })
    }
}
