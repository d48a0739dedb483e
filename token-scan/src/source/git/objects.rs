//! Reads texts out of a repository.

use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;

use super::command::git;
use crate::Error;

/// Runs `git cat-file --batch`, one process for many texts. All texts are requested at once, since waiting for each
/// answer would take longer than reading it.
pub(super) struct Objects {
    child: Child,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    /// Requests texts by their ids. They must then be [read](Objects::read) in the same order.
    pub(super) fn ask(repository: &Path, ids: Vec<String>) -> Result<Objects, Error> {
        let mut command = git(repository);
        command.args(["cat-file", "--batch", "--buffer"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|_| failed())?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed());
        };
        // The thread ends when all is written, or when git has ended.
        thread::spawn(move || write(ask, &ids));
        Ok(Objects { child, answer: BufReader::with_capacity(1 << 16, answer) })
    }

    /// Reads the next text. Returns `None` if it is larger than `most` bytes.
    pub(super) fn read(&mut self, id: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
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
        // git adds a line feed to each text.
        bytes.pop();
        let read = u64::try_from(bytes.len()).is_ok_and(|read| read == length);
        if read { Ok(Some(bytes)) } else { Err(failed()) }
    }
}

/// Ends the process, also after an error.
impl Drop for Objects {
    fn drop(&mut self) {
        // Killing fails if the process has ended already, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes the ids. If that fails, answers will be missing, which [`Objects::read`] reports.
fn write(ask: ChildStdin, ids: &[String]) {
    let mut ask = BufWriter::new(ask);
    for id in ids {
        if writeln!(ask, "{id}").is_err() {
            return;
        }
    }
    let _ = ask.flush();
}

fn failed() -> Error {
    Error::git("cat-file", None)
}
