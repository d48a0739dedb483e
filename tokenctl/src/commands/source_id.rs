//! Implements `source-id`, which names the source that a program is built from.

mod tree;
mod working;

use clap::Args;
use tempfile::TempDir;
use token_policy::SourceDigest;
use token_scan::Apart;

use self::tree::Tree;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::git::Git;
use crate::output::{Output, number};
use crate::project::Project;

/// Prints the digest of the source: `git:` and the id of the tree without any `tokens.lock` beside a `tokens.toml`.
///
/// Set `TOKEN_BUILD_SOURCE` to it where a release is built. A change of a lock does not change it, each other change does.
/// Nothing is written into the repository. Without `--rev`, the program would be built from the working tree, so it must
/// be that of the last commit: files that are changed, or that git does not know and no `.gitignore` names, are listed,
/// and the run ends with code 1. Ignore rules outside of the tree do not count, since nobody reviews them.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The commit whose source is meant, whatever the working tree has [default: HEAD, and the working tree is compared]
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let Some(source) = source(&project, arguments.rev.as_deref(), output)? else {
        return Ok(Exit::Found);
    };
    output.answer(&format!("{source}\n"))?;
    Ok(Exit::Clean)
}

/// Returns the source of the last commit, from which a program is built here. Fails, and says why, if the working tree is
/// another one.
pub(super) fn here(project: &Project, output: &Output) -> Result<SourceDigest, Failure> {
    source(project, None, output)?.ok_or_else(|| {
        Failure::new(
            "the source has no name yet, since the working tree is not that of the last commit",
        )
        .help(
            "commit, and bind the lock to the source in the next commit: a lock does not change it",
        )
    })
}

/// Returns the source of a commit, or `None` if it is to be that of the working tree, which is another one.
fn source(
    project: &Project,
    revision: Option<&str>,
    output: &Output,
) -> Result<Option<SourceDigest>, Failure> {
    let (git, is_here) = (Git::new(&project.root), revision.is_none());
    let revision = revision.unwrap_or("HEAD");
    let commit = git.commit(revision)?.ok_or_else(|| unknown(revision))?;
    let folder = TempDir::new().map_err(|error| Failure::at("a temporary folder", &error))?;
    let apart = Apart::new(&project.root, folder.path())?;
    let tree = Tree::read(&apart, &commit)?;
    if is_here && !git.is_bare()? {
        let differing = working::differing(&apart, &project.root, &tree)?;
        if !differing.is_empty() {
            tell(&differing, output);
            return Ok(None);
        }
    }
    let source = format!("git:{}", tree.id_without_locks(&apart)?).parse();
    source.map(Some).map_err(|_| Failure::new("git gave no id of a tree"))
}

fn unknown(revision: &str) -> Failure {
    let shown: String = token_policy::report::visible(revision).chars().take(64).collect();
    Failure::new(format!("git knows no commit `{shown}` here")).help(
        "a source is a commit: run this in a repository with one, and fetch the one that you name",
    )
}

/// Says why there is no answer, on standard error: standard output becomes the value of a variable.
fn tell(differing: &[String], output: &Output) {
    let count = number(differing.len(), "file");
    output.told(true, &format!("error: the working tree is not that of the last commit: {count}"));
    for name in differing.iter().take(SHOWN) {
        output.told(true, &format!("  {name}"));
    }
    if differing.len() > SHOWN {
        output.told(true, &format!("  and {} more", differing.len() - SHOWN));
    }
    output.told(true, "  help: commit them, remove them, or add them to a `.gitignore` that is committed; a program that is built now would have a source that nobody reviewed");
}

const SHOWN: usize = 20;
