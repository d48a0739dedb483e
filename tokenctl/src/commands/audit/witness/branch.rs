//! Keeps checkpoints in a branch of a git repository, by the `git` command.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use token_audit::{Checkpoint, VerifyingKey};

use super::{Store, kept};
use crate::failure::Failure;

/// A branch that has a file for each log. It is read and written as objects, so no working tree and no index is touched,
/// and a repository without a working tree will do.
pub(super) struct Branch {
    repository: PathBuf,
    reference: String,
    /// The commit that was read, which the next one follows.
    before: RefCell<Option<String>>,
}

impl Branch {
    pub(super) fn of(repository: &Path, name: &str) -> Result<Branch, Failure> {
        let reference = format!("refs/heads/{name}");
        let (repository, before) = (repository.to_owned(), RefCell::default());
        let branch = Branch { repository, reference, before };
        branch.run(&["rev-parse", "--git-dir"], b"")?;
        let is_name = branch.run(&["check-ref-format", &branch.reference], b"");
        is_name.map_err(|_| Failure::usage(format!("`{name}` is not the name of a branch")))?;
        Ok(branch)
    }

    /// Returns the commit at which the branch is; `None` if there is no such branch.
    fn commit(&self) -> Result<Option<String>, Failure> {
        // The list has the names that begin so, up to a `/`.
        let format = "--format=%(objectname) %(refname)";
        let list = self.text(&["for-each-ref", format, &self.reference], b"")?;
        let ours = |line: &str| {
            let (id, name) = line.split_once(' ')?;
            (name == self.reference).then(|| id.to_owned())
        };
        Ok(list.lines().find_map(ours))
    }

    /// Returns the entries of the commit's tree but the one with this name, as `git mktree` takes them.
    fn others(&self, commit: Option<&str>, name: &str) -> Result<Vec<u8>, Failure> {
        let Some(commit) = commit else { return Ok(Vec::new()) };
        let tree = self.run(&["ls-tree", "-z", commit], b"")?;
        let end = format!("\t{name}");
        let others = tree.split_inclusive(|byte| *byte == 0);
        let others = others.filter(|entry| {
            !entry.strip_suffix(b"\0").is_some_and(|entry| entry.ends_with(end.as_bytes()))
        });
        Ok(others.flatten().copied().collect())
    }

    /// Commits under a name of our own if git knows none for this user.
    fn commit_tree(&self, tree: &str, checkpoint: &Checkpoint) -> Result<String, Failure> {
        let before = self.before.borrow();
        let message = format!("{}: {} records", checkpoint.origin(), checkpoint.size());
        let parent: Vec<&str> = before.iter().flat_map(|id| ["-p", id.as_str()]).collect();
        let nobody = self.run(&["var", "GIT_COMMITTER_IDENT"], b"").is_err();
        let own: &[&str] = match nobody {
            true => {
                &["-c", "user.name=tokenctl audit witness", "-c", "user.email=tokenctl@localhost"]
            }
            false => &[],
        };
        let words = [own, &["commit-tree", "--no-gpg-sign", "-m", &message], &parent, &[tree]];
        self.text(&words.concat(), b"")
    }

    fn text(&self, arguments: &[&str], input: &[u8]) -> Result<String, Failure> {
        let output = self.run(arguments, input)?;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Failure> {
        let word = arguments.iter().find(|word| !word.starts_with('-') && !word.contains('='));
        let failed = |why: &str| {
            let (shown, word) = (self.repository.display(), word.unwrap_or(&"git"));
            Failure::new(format!("{shown}: `git {word}` {why}"))
                .help("`--git` needs the `git` command and a repository that it trusts; `git status` there says more")
        };
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.repository).args(arguments);
        // A hook of another repository would have these lead there.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
            git.env_remove(name);
        }
        git.env("LC_ALL", "C").env("GIT_NO_REPLACE_OBJECTS", "1");
        git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = git.spawn().map_err(|_| failed("could not be started"))?;
        // A text as short as these fits in the pipe, and git reads all of it before it answers.
        let written = child.stdin.take().is_none_or(|mut stdin| stdin.write_all(input).is_ok());
        let output = child.wait_with_output().map_err(|_| failed("could not be waited for"))?;
        match written && output.status.success() {
            true => Ok(output.stdout),
            false => Err(failed("failed")),
        }
    }
}

impl Store for Branch {
    fn last(&self, log: &VerifyingKey) -> Result<Option<Checkpoint>, Failure> {
        let commit = self.commit()?;
        self.before.borrow_mut().clone_from(&commit);
        let Some(commit) = commit else { return Ok(None) };
        let name = file_name(log.name());
        let place = format!("{}:{name}", self.reference);
        let listed = self.run(&["ls-tree", "-z", &commit, "--", &name], b"")?;
        if listed.is_empty() {
            return Ok(None);
        }
        let text = self.run(&["cat-file", "blob", &format!("{commit}:{name}")], b"")?;
        kept(&text, log, &place).map(Some)
    }

    fn keep(&self, checkpoint: &Checkpoint) -> Result<String, Failure> {
        let name = file_name(checkpoint.origin());
        let before = self.before.borrow().clone();
        let text = checkpoint.as_str().as_bytes();
        let blob = self.text(&["hash-object", "-w", "--stdin"], text)?;
        let mut entries = self.others(before.as_deref(), &name)?;
        entries.extend(format!("100644 blob {blob}\t{name}\0").bytes());
        let tree = self.text(&["mktree", "-z"], &entries)?;
        let commit = self.commit_tree(&tree, checkpoint)?;
        // It fails if the branch is no longer where it was. Of an id git takes zeros for "there is no such branch".
        let old = before.unwrap_or_else(|| "0".repeat(commit.len()));
        let why = "tokenctl audit witness";
        self.run(&["update-ref", "-m", why, &self.reference, &commit, &old], b"").map_err(
            |_| {
                let message =
                    format!("{}: somebody else has moved this branch meanwhile", self.reference);
                Failure::new(message).help("nothing was kept; run it again")
            },
        )?;
        Ok(format!("{}:{name}, commit {commit}", self.reference))
    }
}

/// Returns the file for a log: its name, with `_` for what file names of some system cannot have.
fn file_name(log: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' };
    format!("{}.checkpoint", log.chars().map(plain).collect::<String>())
}
