//! Reads texts out of a repository.

use std::path::Path;

use super::command::plain;
use super::process::{Input, Process};
use super::raw::Id;
use crate::Error;

/// Runs `git cat-file --batch`, one process for many texts. All texts are requested at once, since waiting for each
/// answer would take longer than reading it.
pub(super) struct Objects {
    git: Process,
}

impl Objects {
    /// Requests texts by their ids. They must then be [read](Objects::next) in the same order.
    pub(super) fn ask<'i>(
        repository: &Path,
        ids: impl Iterator<Item = &'i Id>,
    ) -> Result<Objects, Error> {
        Objects::start(repository, &["--batch", "--buffer"], lines(ids))
    }

    /// Makes an `Objects` that is asked for one text after the other.
    pub(super) fn one_by_one(repository: &Path) -> Result<Objects, Error> {
        Objects::start(repository, &["--batch"], Input::Asked)
    }

    fn start(repository: &Path, how: &[&str], input: Input) -> Result<Objects, Error> {
        let mut command = plain(repository);
        command.arg("cat-file").args(how);
        Ok(Objects { git: Process::start(command, "cat-file", input)? })
    }

    /// Asks for one text, and reads it if it has no more than `most` bytes; otherwise returns `None`.
    pub(super) fn get(&mut self, id: &Id, most: u64) -> Result<Option<Vec<u8>>, Error> {
        self.git.ask(&format!("{id}\n"))?;
        self.next(id, most)
    }

    /// Reads the next text. Returns `None` if it is larger than `most` bytes.
    pub(super) fn next(&mut self, id: &Id, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let length = size(&mut self.git, id)?;
        if length > most {
            self.git.skip(length + 1)?;
            return Ok(None);
        }
        let mut bytes = self.git.exactly(length + 1)?;
        // git adds a line feed to each text.
        bytes.pop();
        Ok(Some(bytes))
    }
}

/// Returns the sizes of objects, without reading their contents.
pub(super) fn sizes<'i>(
    repository: &Path,
    ids: impl Iterator<Item = &'i Id> + Clone,
) -> Result<Vec<u64>, Error> {
    let mut command = plain(repository);
    command.args(["cat-file", "--batch-check", "--buffer"]);
    let mut git = Process::start(command, "cat-file", lines(ids.clone()))?;
    let sizes = ids.map(|id| size(&mut git, id)).collect::<Result<Vec<u64>, Error>>()?;
    git.end()?;
    Ok(sizes)
}

/// Reads the head of an answer, such as `ID blob 12`, and returns the size.
fn size(git: &mut Process, id: &Id) -> Result<u64, Error> {
    let mut head = Vec::new();
    git.until(b'\n', &mut head)?;
    let head = String::from_utf8_lossy(&head);
    if head.ends_with(" missing") {
        let said = format!("the object {id} is not in this repository");
        return Err(Error::git_said("cat-file", None, said.as_bytes()));
    }
    let mut words = head.strip_prefix(&id.to_string()).unwrap_or_default().split(' ').skip(2);
    words.next().and_then(|size| size.parse().ok()).ok_or_else(|| git.failed())
}

fn lines<'i>(ids: impl Iterator<Item = &'i Id>) -> Input {
    Input::Bytes(ids.flat_map(|id| format!("{id}\n").into_bytes()).collect())
}
