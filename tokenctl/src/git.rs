//! Reads files as they were, by the `git` command.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::failure::Failure;
use crate::file;
use crate::project::POLICY;

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

    /// Returns the id of the commit that a name stands for, or `None` if git knows no commit by this name. Fails if the
    /// name is ambiguous, and says what git says.
    pub(crate) fn commit(&self, revision: &str) -> Result<Option<String>, Failure> {
        Ok(token_scan::commit(self.folder, revision)?)
    }

    /// Returns the text that a name such as `HEAD:tokens.toml` stands for, or `None` if there is no such file.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(object) = self.object(name)? else { return Ok(None) };
        let size = self.run(&["cat-file", "-s", &object])?.stdout;
        let size = String::from_utf8_lossy(&size).trim().parse::<u64>();
        if size.is_ok_and(|size| size > file::MOST) {
            return Err(file::too_large(name));
        }
        let output = self.run(&["cat-file", "blob", &object])?;
        if !output.status.success() {
            return Err(Failure::new(format!("`{name}` is not a file")));
        }
        let text = String::from_utf8(output.stdout);
        text.map(Some).map_err(|_| Failure::new(format!("{name}: this is not UTF-8 text")))
    }

    /// Returns the text of an object by its id, or `None` if it is not there, is too long or is not UTF-8.
    pub(crate) fn blob(&self, id: &str) -> Result<Option<String>, Failure> {
        let size = self.run(&["cat-file", "-s", id])?.stdout;
        let size = String::from_utf8_lossy(&size).trim().parse::<u64>();
        if !size.is_ok_and(|size| size <= file::MOST) {
            return Ok(None);
        }
        let output = self.run(&["cat-file", "blob", id])?;
        Ok(String::from_utf8(output.stdout).ok().filter(|_| output.status.success()))
    }

    /// Returns what `git log` lists with these arguments.
    pub(crate) fn log(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let plain = ["log", "--no-ext-diff", "--no-textconv", "--no-color"];
        let asked: Vec<&str> = plain.iter().chain(arguments).copied().collect();
        let output = self.run(&asked)?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(Failure::new("git could not list the commits")
                .help("`git fsck` says what is missing; in CI the history must be fetched")),
        }
    }

    /// Returns whether the history is cut off.
    pub(crate) fn is_shallow(&self) -> Result<bool, Failure> {
        let output = self.run(&["rev-parse", "--is-shallow-repository"])?;
        Ok(output.stdout.trim_ascii() == b"true")
    }

    /// Returns the paths of the policies that git tracks or would add, from the folder on; none if there is no
    /// repository.
    pub(crate) fn policies(&self) -> Result<Vec<PathBuf>, Failure> {
        let pattern = format!(":(glob)**/{POLICY}");
        let exclude = "--exclude-per-directory=.gitignore";
        let asked = ["ls-files", "-z", "--cached", "--others", exclude, "--", &pattern];
        let output = self.run(&asked)?;
        Ok(if output.status.success() { paths(&output.stdout).collect() } else { Vec::new() })
    }

    /// Returns whether git tracks or would add a file of this name, in any folder.
    pub(crate) fn has_file(&self, name: &str) -> Result<bool, Failure> {
        let pattern = format!(":(top,glob)**/{name}");
        let asked =
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", &pattern];
        self.run(&asked).map(|output| output.status.success() && !output.stdout.is_empty())
    }

    /// Returns the address of the repository that this one was cloned from, or `None` if git knows none.
    pub(crate) fn origin(&self) -> Result<Option<String>, Failure> {
        let output = self.run(&["config", "--get", "remote.origin.url"])?;
        let address = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(address).filter(|_| output.status.success()))
    }

    /// Returns the paths of the policies that are staged.
    pub(crate) fn staged_policies(&self) -> Result<Vec<PathBuf>, Failure> {
        let pattern = format!(":(top,glob)**/{POLICY}");
        let asked = ["ls-files", "-z", "--cached", "--full-name", "--", &pattern];
        let output = self.run(&asked)?;
        Ok(if output.status.success() { paths(&output.stdout).collect() } else { Vec::new() })
    }

    /// Returns the paths of the policies that a commit has.
    pub(crate) fn policies_of(&self, commit: &str) -> Result<Vec<PathBuf>, Failure> {
        let asked = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit];
        let output = self.run(&asked)?;
        let is_policy = |path: &PathBuf| path.file_name().is_some_and(|name| name == POLICY);
        Ok(match output.status.success() {
            true => paths(&output.stdout).filter(is_policy).collect(),
            false => Vec::new(),
        })
    }

    /// Returns whether the folder is that of a repository without a working tree.
    pub(crate) fn is_bare(&self) -> Result<bool, Failure> {
        let output = self.run(&["rev-parse", "--is-bare-repository"])?;
        Ok(output.stdout.trim_ascii() == b"true")
    }

    /// Returns the folder in which git looks for hooks.
    pub(crate) fn hooks(&self) -> Result<PathBuf, Failure> {
        let setting = self.run(&["config", "--get", "core.hooksPath"])?;
        if setting.status.success() && setting.stdout.trim_ascii().is_empty() {
            let message = "git runs no hook here: its setting `core.hooksPath` is empty";
            return Err(
                Failure::new(message).help("remove it: `git config --unset core.hooksPath`")
            );
        }
        let output = self.run(&["rev-parse", "--git-path", "hooks"])?;
        let path = String::from_utf8_lossy(&output.stdout);
        match path.strip_suffix('\n').filter(|path| output.status.success() && !path.is_empty()) {
            Some(path) => Ok(self.folder.join(path)),
            None => Err(Failure::new("this is not a git repository")
                .help("a hook belongs to a repository: run `git init` first")),
        }
    }

    /// Returns the folder that all working trees of the repository share, or `None` if there is no repository.
    pub(crate) fn common_folder(&self) -> Result<Option<PathBuf>, Failure> {
        let output = self.run(&["rev-parse", "--git-common-dir"])?;
        let folder = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
        Ok(output.status.success().then(|| self.folder.join(path(folder))))
    }

    /// Returns the id of an object, or `None` if git knows no object by this name.
    fn object(&self, name: &str) -> Result<Option<String>, Failure> {
        let output = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", name])?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(id).filter(|id| output.status.success() && !id.is_empty()))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Failure> {
        Ok(token_scan::git(self.folder, arguments.iter().copied())?)
    }
}

/// Returns a path that git wrote.
#[cfg(unix)]
pub(crate) fn path(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(path).into()
}

#[cfg(not(unix))]
pub(crate) fn path(path: &[u8]) -> PathBuf {
    String::from_utf8_lossy(path).into_owned().into()
}

fn paths(list: &[u8]) -> impl Iterator<Item = PathBuf> {
    let paths = list.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(|path| PathBuf::from(String::from_utf8_lossy(path).into_owned()))
}
