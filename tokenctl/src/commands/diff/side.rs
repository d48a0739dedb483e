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
    /// Reads the policy that an argument names. What git resolves is git's, whatever files there are: a change can add a
    /// file that is named like a branch. A file is named as one, by `./` or `file:`; only a name that ends in `.toml`
    /// and that git does not know is taken for a file without that.
    pub(super) fn read(argument: &str, project: &Project) -> Result<Side, Failure> {
        if let Some(path) = as_file(argument) {
            return Side::file(Path::new(path), project);
        }
        let git = Git::new(&project.here);
        if let Some((revision, path)) = argument.split_once(':') {
            return match git.commit(revision)? {
                Some(commit) => {
                    Side::of(argument.to_owned(), path, git.text(&format!("{commit}:{path}"))?)
                }
                None => Err(unknown(argument)),
            };
        }
        let is_toml = Path::new(argument).extension().is_some_and(|extension| extension == "toml");
        let is_file = Path::new(argument).symlink_metadata().is_ok();
        match git.commit(argument) {
            Ok(Some(_)) if is_toml && is_file => Err(both(argument)),
            Ok(Some(commit)) => {
                let path = path_in_git(project)?;
                let text = git.text(&format!("{commit}:{path}"))?;
                Side::of(format!("{argument}:{path}"), &path, text)
            }
            Ok(None) if is_toml && is_file => Side::file(Path::new(argument), project),
            // Without git, or in a repository that git does not read, nothing is git's.
            Err(_) if is_toml && is_file && !git.is_repository().unwrap_or(false) => {
                Side::file(Path::new(argument), project)
            }
            // Before the first commit `HEAD` stands for no commit.
            Ok(None) if argument == "HEAD" && git.is_repository()? => {
                let path = path_in_git(project)?;
                Side::of(format!("HEAD:{path}"), &path, None)
            }
            Ok(None) => Err(unknown(argument)),
            Err(failure) => Err(failure),
        }
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

/// Returns the path in an argument that names a file as one, or `None` if it doesn't.
fn as_file(argument: &str) -> Option<&str> {
    if let Some(path) = argument.strip_prefix("file:") {
        return Some(path);
    }
    let begins = |heads: &[&str]| heads.iter().any(|head| argument.starts_with(head));
    let is_relative = begins(&["./", "../"]) || cfg!(windows) && begins(&[".\\", "..\\"]);
    (is_relative || Path::new(argument).is_absolute()).then_some(argument)
}

/// Returns the policy's path from the root of the repository. If the working tree has no policy, it was removed; then
/// its path is taken to be in the current folder.
fn path_in_git(project: &Project) -> Result<String, Failure> {
    let path = project.find_policy().unwrap_or_else(|| project.here.join(POLICY));
    let outside = || Failure::new("the policy is outside of the repository");
    let below = project.below(&path).ok_or_else(outside)?;
    Ok(below.to_string_lossy().replace('\\', "/"))
}

fn both(argument: &str) -> Failure {
    Failure::new(format!("`{argument}` is a revision for git, and a file here")).help(format!(
        "write `./{argument}` for the file, or the whole name of the revision, such as `refs/heads/{argument}`"
    ))
}

fn unknown(argument: &str) -> Failure {
    let failure = Failure::new(format!("`{argument}` is no revision that git knows here"));
    if Path::new(argument).symlink_metadata().is_ok() {
        return failure.help(format!("a file is named as one: `./{argument}`"));
    }
    failure.help(
        "name a revision such as `HEAD` or `origin/main`, `REVISION:PATH`, or a file as `./PATH`; in CI the history must \
         be fetched",
    )
}
