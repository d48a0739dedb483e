//! Reads one of the two policies or tables of routes that are compared: a file, or a version that git has.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::git::Git;
use crate::project::Project;

/// What is compared.
pub(crate) trait Compared: Sized {
    /// The name that its file has if an argument doesn't name one.
    const FILE: &'static str;
    /// What the name of its file may end in.
    const EXTENSIONS: &'static [&'static str];
    /// The text of one that permits nothing.
    const NOTHING: &'static str;

    /// Reads it. Nothing that is said about it afterwards shows a token.
    fn read(name: &str, text: String) -> Result<Self, Failure>;
}

pub(crate) struct Side<T> {
    pub(crate) name: String,
    /// The path of the file in its repository.
    pub(crate) path: String,
    pub(crate) content: T,
    pub(crate) is_missing: bool,
    place: Stands,
}

/// Where a side stands.
enum Stands {
    /// In the working tree, or outside of the repository.
    File(PathBuf),
    /// In a commit, under a path as git takes it; without a commit nowhere.
    Commit(Option<String>, String),
}

impl<T: Compared> Side<T> {
    /// Reads what an argument names. What git resolves is git's, whatever files there are: a change can add a
    /// file that is named like a branch. A file is named as one, by `./` or `file:`; only a name that ends as such a
    /// file does and that git does not know is taken for a file without that.
    pub(crate) fn read(argument: &str, project: &Project) -> Result<Self, Failure> {
        if let Some(path) = as_file(argument) {
            return Side::file(Path::new(path), project);
        }
        let git = Git::new(&project.here);
        if let Some((revision, path)) = argument.split_once(':') {
            return match git.commit(revision)? {
                Some(commit) => {
                    let text = git.text(&format!("{commit}:{path}"))?;
                    let place = Stands::Commit(Some(commit), path.to_owned());
                    Side::of(argument.to_owned(), path, text, place)
                }
                None => Err(unknown(argument)),
            };
        }
        let is_named = Path::new(argument)
            .extension()
            .is_some_and(|extension| T::EXTENSIONS.iter().any(|one| extension == *one));
        let is_file = Path::new(argument).symlink_metadata().is_ok();
        match git.commit(argument) {
            Ok(Some(_)) if is_named && is_file => Err(both(argument)),
            Ok(Some(commit)) => {
                let path = path_in_git(T::FILE, project)?;
                let text = git.text(&format!("{commit}:{path}"))?;
                let place = Stands::Commit(Some(commit), path.clone());
                Side::of(format!("{argument}:{path}"), &path, text, place)
            }
            Ok(None) if is_named && is_file => Side::file(Path::new(argument), project),
            // Without git, or in a repository that git does not read, nothing is git's.
            Err(_) if is_named && is_file && !git.is_repository().unwrap_or(false) => {
                Side::file(Path::new(argument), project)
            }
            // Before the first commit `HEAD` stands for no commit.
            Ok(None) if argument == "HEAD" && git.is_repository()? => {
                let path = path_in_git(T::FILE, project)?;
                let place = Stands::Commit(None, path.clone());
                Side::of(format!("HEAD:{path}"), &path, None, place)
            }
            Ok(None) => Err(unknown(argument)),
            Err(failure) => Err(failure),
        }
    }

    pub(crate) fn file(path: &Path, project: &Project) -> Result<Self, Failure> {
        let name = project.shown(path);
        let place = Stands::File(project.here.join(path));
        Side::of(name.clone(), &name, Some(project.read(path)?), place)
    }

    /// Returns the text of another file in the same folder of the same version, or `None` if it is not there.
    pub(crate) fn beside(&self, file: &str, project: &Project) -> Result<Option<String>, Failure> {
        match &self.place {
            Stands::Commit(None, _) => Ok(None),
            Stands::Commit(Some(commit), path) => {
                let path = sibling(path, file);
                Git::new(&project.here).text(&format!("{commit}:{path}"))
            }
            Stands::File(path) => {
                let path = path.with_file_name(file);
                match path.symlink_metadata() {
                    Ok(_) => project.read(&path).map(Some),
                    Err(_) => Ok(None),
                }
            }
        }
    }

    /// Returns the path of another file in the same folder, as it is shown.
    pub(crate) fn path_beside(&self, file: &str) -> String {
        sibling(&self.path, file)
    }

    fn of(name: String, path: &str, text: Option<String>, place: Stands) -> Result<Self, Failure> {
        let is_missing = text.is_none();
        let text = text.unwrap_or_else(|| T::NOTHING.to_owned());
        let content = T::read(&name, text)?;
        Ok(Side { name, path: path.to_owned(), content, is_missing, place })
    }
}

/// Returns the path of another file in the same folder.
fn sibling(path: &str, file: &str) -> String {
    path.rsplit_once('/').map_or_else(|| file.to_owned(), |(folder, _)| format!("{folder}/{file}"))
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

/// Returns the file's path from the root of the repository. If the working tree doesn't have it, it was removed; then
/// its path is taken to be in the current folder.
fn path_in_git(file: &str, project: &Project) -> Result<String, Failure> {
    let path = project.find_file(file).unwrap_or_else(|| project.here.join(file));
    let outside = || Failure::new(format!("the `{file}` is outside of the repository"));
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
