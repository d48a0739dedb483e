//! The texts that a repository has.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::git;
use crate::Error;

/// `git cat-file --batch`: one process for all texts.
pub(super) struct Objects {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn open(repository: &Path) -> Result<Objects, Error> {
        let mut command = git(repository);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().map_err(|_| failed())?;
        let (ask, answer) = (child.stdin.take(), child.stdout.take());
        match (ask, answer) {
            (Some(ask), Some(answer)) => Ok(Objects { child, ask, answer: BufReader::new(answer) }),
            _ => Err(failed()),
        }
    }

    /// A text; nothing if it is larger than `most`.
    pub(super) fn read(&mut self, id: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        writeln!(self.ask, "{id}").and_then(|()| self.ask.flush()).map_err(|_| failed())?;
        let mut head = String::new();
        self.answer.read_line(&mut head).map_err(|_| failed())?;
        let length = head.trim_end().strip_prefix(id).and_then(|rest| rest.strip_prefix(" blob "));
        let length: u64 = length.and_then(|length| length.parse().ok()).ok_or_else(failed)?;
        let mut content = self.answer.by_ref().take(length + 1);
        if length > most {
            std::io::copy(&mut content, &mut std::io::sink()).map_err(|_| failed())?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|_| failed())?;
        // A line feed of git's own.
        bytes.pop();
        let read = u64::try_from(bytes.len()).is_ok_and(|read| read == length);
        if read { Ok(Some(bytes)) } else { Err(failed()) }
    }

    pub(super) fn close(self) -> Result<(), Error> {
        let Objects { mut child, ask, answer } = self;
        drop((ask, answer));
        child.wait().map(drop).map_err(|_| failed())
    }
}

fn failed() -> Error {
    Error::git("cat-file", None)
}
