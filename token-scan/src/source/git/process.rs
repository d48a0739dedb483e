//! Runs a program whose output is read while it runs, and which is ended if it gives none for too long.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// How long git may give no output. It reads what a repository names, which may be a pipe that nobody writes to.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a program that failed has to end by itself.
const GRACE: Duration = Duration::from_millis(500);
/// How long its words are waited for once it has ended. They are there at once, but a machine may be busy.
const WORDS: Duration = Duration::from_secs(5);
/// How much is read at once, and how many pieces may wait to be taken.
const PIECE: usize = 1 << 16;
const WAITING: usize = 4;
/// How much of what git says about a failure is kept.
const SAID: u64 = 4096;

/// What a program reads on its standard input.
pub(super) enum Input {
    None,
    /// These bytes, which are written while the answer is read.
    Bytes(Vec<u8>),
    /// What the caller [asks](Process::ask).
    Asked,
}

/// A running program.
pub(super) struct Process {
    child: Child,
    what: &'static str,
    ask: Option<ChildStdin>,
    answer: BufReader<Answer>,
    said: Receiver<Vec<u8>>,
}

impl Process {
    pub(super) fn start(
        command: Command,
        what: &'static str,
        input: Input,
    ) -> Result<Process, Error> {
        Process::patient(command, what, input, PATIENCE)
    }

    fn patient(
        mut command: Command,
        what: &'static str,
        input: Input,
        patience: Duration,
    ) -> Result<Process, Error> {
        let stdin = if matches!(input, Input::None) { Stdio::null() } else { Stdio::piped() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Error::git_said(what, None, format!("{}", error.kind()).as_bytes()))?;
        let ask = match (input, child.stdin.take()) {
            (Input::Bytes(bytes), Some(mut ask)) => {
                // The thread ends when all is written, or when the program has ended; then answers are missing.
                thread::spawn(move || ask.write_all(&bytes));
                None
            }
            (Input::None | Input::Bytes(_) | Input::Asked, ask) => ask,
        };
        let (send, pieces) = sync_channel(WAITING);
        if let Some(out) = child.stdout.take() {
            thread::spawn(move || pass_on(out, &send));
        }
        let (tell, said) = sync_channel(1);
        if let Some(err) = child.stderr.take() {
            thread::spawn(move || drop(tell.send(heard(err))));
        }
        let answer = Answer { pieces, piece: Vec::new(), taken: 0, patience };
        Ok(Process { child, what, ask, answer: BufReader::with_capacity(PIECE, answer), said })
    }

    /// Waits a while for output, or for its end. Returns whether there is any.
    pub(super) fn is_ready(&mut self, wait: Duration) -> bool {
        let answer = self.answer.get_mut();
        let patience = std::mem::replace(&mut answer.patience, wait);
        let ready = self.answer.fill_buf().is_ok();
        self.answer.get_mut().patience = patience;
        ready
    }

    /// Asks for something, of a program that answers each question at once.
    pub(super) fn ask(&mut self, question: &str) -> Result<(), Error> {
        let asked = match &mut self.ask {
            Some(ask) => ask.write_all(question.as_bytes()).and_then(|()| ask.flush()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        asked.map_err(|_| self.failed())
    }

    /// Reads up to the next `end`, without it. Returns `false` if there is nothing left.
    pub(super) fn until(&mut self, end: u8, into: &mut Vec<u8>) -> Result<bool, Error> {
        into.clear();
        match self.answer.read_until(end, into) {
            Ok(0) => Ok(false),
            Ok(_) => {
                into.pop_if(|last| *last == end);
                Ok(true)
            }
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Reads so many bytes.
    pub(super) fn exactly(&mut self, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let read = self.answer.by_ref().take(length).read_to_end(&mut bytes);
        match read {
            Ok(read) if u64::try_from(read).is_ok_and(|read| read == length) => Ok(bytes),
            Ok(_) => Err(self.failed()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Reads so many bytes, and keeps none.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), Error> {
        match io::copy(&mut self.answer.by_ref().take(length), &mut io::sink()) {
            Ok(read) if read == length => Ok(()),
            Ok(_) => Err(self.failed()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Reads all that is left, and waits for the end.
    pub(super) fn rest(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        match self.answer.read_to_end(&mut bytes) {
            Ok(_) => self.end().map(|()| bytes),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Waits for the end of a program whose output was read. Fails if the program did.
    pub(super) fn end(mut self) -> Result<(), Error> {
        if self.status()?.success() { Ok(()) } else { Err(self.failed()) }
    }

    /// Reads all that is left, and waits for the end, whatever the program's status is.
    pub(super) fn output(mut self) -> Result<Output, Error> {
        let mut stdout = Vec::new();
        if let Err(error) = self.answer.read_to_end(&mut stdout) {
            return Err(self.broken(&error));
        }
        let status = self.status()?;
        Ok(Output { status, stdout, stderr: self.said() })
    }

    /// Waits for the end of a program whose output was read.
    fn status(&mut self) -> Result<ExitStatus, Error> {
        drop(self.ask.take());
        let until = Instant::now() + self.answer.get_ref().patience;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
                Ok(None) => return Err(self.broken(&io::ErrorKind::TimedOut.into())),
                Err(_) => return Err(self.failed()),
            }
        }
    }

    /// Returns what the program, which has ended, has written to its standard error. If something that it started still
    /// has that open, its end is not waited for.
    fn said(&self) -> Vec<u8> {
        self.said.recv_timeout(WORDS).unwrap_or_default()
    }

    /// Makes the error about a program that ended too early or said what is not understood.
    pub(super) fn failed(&mut self) -> Error {
        // It has closed its output, so it is mostly about to end, with a status that says more than that it was killed.
        let until = Instant::now() + GRACE;
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(1));
        }
        let _ = self.child.kill();
        let status = self.child.wait().ok().and_then(|status| status.code());
        Error::git_said(self.what, status.filter(|status| *status != 0), &self.said())
    }

    fn broken(&mut self, error: &io::Error) -> Error {
        if error.kind() != io::ErrorKind::TimedOut {
            return self.failed();
        }
        let _ = self.child.kill();
        let seconds = self.answer.get_ref().patience.as_secs();
        let said = format!("it gave no answer for {seconds} seconds, and was ended");
        Error::git_said(self.what, None, said.as_bytes())
    }
}

/// Ends the program, also after an error.
impl Drop for Process {
    fn drop(&mut self) {
        // Killing fails if the program has ended already, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a program says, and keeps the beginning of it. What is beyond the limit is read too, since the program
/// would wait otherwise.
fn heard(mut from: impl Read) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = from.by_ref().take(SAID).read_to_end(&mut said);
    let _ = io::copy(&mut from, &mut io::sink());
    said
}

fn pass_on(mut out: impl Read, send: &SyncSender<Vec<u8>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let read = match out.read(&mut piece) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        piece.truncate(read);
        if send.send(piece).is_err() {
            return;
        }
    }
}

/// What a program has written. Reading fails if nothing comes for too long.
struct Answer {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    taken: usize,
    patience: Duration,
}

impl Read for Answer {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.piece.len() {
            self.piece = match self.pieces.recv_timeout(self.patience) {
                Ok(piece) => piece,
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
            };
            self.taken = 0;
        }
        let left = self.piece.get(self.taken..).unwrap_or_default();
        let read = left.len().min(into.len());
        if let (Some(into), Some(left)) = (into.get_mut(..read), left.get(..read)) {
            into.copy_from_slice(left);
        }
        self.taken += read;
        Ok(read)
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn shell(script: &str, input: Input) -> Process {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        Process::patient(shell, "test", input, Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn what_gives_no_answer_is_ended() {
        let started = Instant::now();
        for script in ["exec sleep 100", "echo some; exec sleep 100", "exec >&-; exec sleep 100"] {
            let error = shell(script, Input::None).rest().unwrap_err();
            assert!(error.to_string().contains("no answer"), "{error}");
        }
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    /// It may have started something that still has its output open.
    #[test]
    fn nobody_is_waited_for_who_was_not_started_here() {
        let started = Instant::now();
        let left = "(exec sleep 100) >/dev/null & echo why >&2; exec >&-; exit 3";
        let output = shell(left, Input::None).output().unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(3), Vec::new()));
        for silent in ["sleep 100; exit 3", "exec >&-; sleep 100"] {
            let error = shell(silent, Input::None).output().unwrap_err();
            assert!(error.to_string().contains("no answer"), "{error}");
        }
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn the_output_has_the_status_and_both_streams() {
        let output = shell("echo out; echo err >&2; exit 7", Input::None).output().unwrap();
        assert_eq!(output.status.code(), Some(7));
        assert_eq!((output.stdout, output.stderr), (b"out\n".to_vec(), b"err\n".to_vec()));
    }

    #[test]
    fn slow_answers_are_waited_for() {
        let script = "for i in 1 2 3 4 5; do sleep 0.1; echo $i; done";
        assert_eq!(shell(script, Input::None).rest().unwrap(), b"1\n2\n3\n4\n5\n");
    }

    #[test]
    fn what_it_says_is_in_the_error() {
        let error = shell("echo why >&2; exit 7", Input::None).rest().unwrap_err();
        assert_eq!(error.to_string(), "`git test` failed with 7: why");
        // It is no program that it waits for what nobody reads.
        let long = "i=0; while [ $i -lt 20000 ]; do echo 12345678 >&2; i=$((i+1)); done";
        shell(long, Input::None).rest().unwrap();
    }

    #[test]
    fn questions_and_bytes_are_passed_on() {
        let bytes = vec![b'x'; 1 << 20];
        assert_eq!(shell("cat", Input::Bytes(bytes.clone())).rest().unwrap(), bytes);
        let mut cat = shell("cat", Input::Asked);
        let mut line = Vec::new();
        for question in ["a\n", "b\n"] {
            cat.ask(question).unwrap();
            assert!(cat.until(b'\n', &mut line).unwrap());
            assert_eq!(line, question.trim().as_bytes());
        }
        cat.end().unwrap();
    }
}
