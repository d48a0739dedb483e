//! Reads one of the two policies that are compared: a file, or a version that git has.

use std::path::Path;

use token_policy::Policy;

use crate::failure::Failure;
use crate::git::Git;
use crate::policy::PolicyFile;
use crate::project::{POLICY, Project};

/// A policy that permits nothing.
const NOTHING: &str = "version = 1\n";

pub(super) struct Side {
    pub(super) name: String,
    /// The path of the policy in its repository.
    pub(super) path: String,
    pub(super) policy: Policy,
    pub(super) is_missing: bool,
}

impl Side {
    /// Reads the policy that an argument names. A file goes before a revision of the same name, so `./main` is always a
    /// file.
    pub(super) fn read(argument: &str, project: &Project) -> Result<Side, Failure> {
        let path = Path::new(argument);
        if path.is_file() {
            return Side::file(path, project);
        }
        let git = Git::new(&project.here);
        if let Some((revision, path)) = argument.split_once(':') {
            return match git.has_commit(revision)? {
                true => Side::of(argument.to_owned(), path, git.text(argument)?),
                false => Err(unknown(argument)),
            };
        }
        // Before the first commit `HEAD` stands for no commit.
        let is_unborn = argument == "HEAD" && git.is_repository()?;
        if !git.has_commit(argument)? && !is_unborn {
            return Err(unknown(argument));
        }
        let path = path_in_git(project)?;
        let name = format!("{argument}:{path}");
        let text = git.text(&name)?;
        Side::of(name, &path, text)
    }

    pub(super) fn file(path: &Path, project: &Project) -> Result<Side, Failure> {
        let name = project.shown(path);
        Side::of(name.clone(), &name, Some(project.read(path)?))
    }

    fn of(name: String, path: &str, text: Option<String>) -> Result<Side, Failure> {
        let is_missing = text.is_none();
        let text = text.unwrap_or_else(|| NOTHING.to_owned());
        let (name, policy) = PolicyFile::new(name, text).valid()?;
        Ok(Side { name, path: path.to_owned(), policy, is_missing })
    }
}

/// Returns the policy's path from the root of the repository. If the working tree has no policy, it was removed; then
/// its path is taken to be in the current folder.
fn path_in_git(project: &Project) -> Result<String, Failure> {
    let path = project.find_policy().unwrap_or_else(|| project.here.join(POLICY));
    let outside = || Failure::new("the policy is outside of the repository");
    let below = project.below(&path).ok_or_else(outside)?;
    Ok(below.to_string_lossy().replace('\\', "/"))
}

fn unknown(argument: &str) -> Failure {
    Failure::new(format!("`{argument}` is neither a file nor a git revision")).help(
        "name a file, a revision such as `HEAD` or `origin/main`, or `REVISION:PATH`; in CI the \
         history must be fetched",
    )
}
