//! Asks git which commits changed a file.

use std::path::Path;

use crate::failure::Failure;
use crate::git::Git;

/// A commit that changed the file.
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) author: String,
    pub(super) email: String,
    pub(super) subject: String,
    /// When it was written, in seconds since 1970.
    pub(super) time: i64,
    /// The file after the commit, by the id of its text; `None` if it was removed.
    pub(super) new: Option<String>,
    /// The file before it, in each parent.
    pub(super) old: Vec<Option<String>>,
}

impl Commit {
    /// Returns the first 12 digits of its id.
    pub(super) fn short(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }
}

/// What git says of a commit, one after the other, each after a zero byte. None of it can have such a byte.
const FORMAT: &str = "--format=%x00%H%x00%at%x00%an%x00%ae%x00%s";

/// Returns the commits that lead to `HEAD` and changed the file, the newest first. All branches count that were merged, and
/// a merge only if it changed the file against all of its parents. Before the first commit there are none.
pub(super) fn of(git: &Git<'_>, path: &Path) -> Result<Vec<Commit>, Failure> {
    let Some(head) = git.commit("HEAD")? else { return Ok(Vec::new()) };
    let pathspec = format!(":(top,literal){}", path.to_string_lossy().replace('\\', "/"));
    let listed = git.log(&[
        "--full-history",
        "-m",
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-follow",
        "--encoding=UTF-8",
        FORMAT,
        &head,
        "--",
        &pathspec,
    ])?;
    let text = String::from_utf8_lossy(&listed);
    read(&text)
        .ok_or_else(|| Failure::new("git listed the commits in a form that is not known here"))
}

/// Reads the list. A merge stands in it once for each parent.
fn read(text: &str) -> Option<Vec<Commit>> {
    let mut parts = text.split('\0');
    let mut commits: Vec<Commit> = Vec::new();
    while let Some(gap) = parts.next() {
        // After the last one there is the end of the text.
        let Some(id) = parts.next() else { return gap.is_empty().then_some(commits) };
        let time = parts.next()?.parse().ok()?;
        let (author, email, subject) = (parts.next()?, parts.next()?, parts.next()?);
        let (old, new) = sides(parts.next()?)?;
        // The path, which was asked for.
        parts.next()?;
        match commits.last_mut().filter(|last| last.id == id) {
            Some(last) => last.old.push(old),
            None => commits.push(Commit {
                id: id.to_owned(),
                author: author.to_owned(),
                email: email.to_owned(),
                subject: subject.to_owned(),
                time,
                new,
                old: vec![old],
            }),
        }
    }
    Some(commits)
}

/// Reads a line such as `:100644 100644 OLD NEW M`. An id of zeros stands for no file.
fn sides(raw: &str) -> Option<(Option<String>, Option<String>)> {
    let mut words = raw.trim_start().strip_prefix(':')?.split(' ').skip(2);
    let mut id =
        || Some(Some(words.next()?.to_owned()).filter(|id| id.bytes().any(|it| it != b'0')));
    Some((id()?, id()?))
}
