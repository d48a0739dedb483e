//! A helper command that prints a token.

use std::{
    io::{self, Read},
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process_group},
};

use super::{read, text};
use crate::{
    Error, Secret,
    error::{Loading, Place, Problem},
};

/// Runs a program and loads the token that it prints to its standard output.
///
/// No shell is involved: `argv` is the program and its arguments. Its standard
/// input and standard error are `/dev/null`. The token ends where the output
/// does, when the program and whatever it started have closed it. If that takes
/// longer than `timeout`, the program and all processes of its group are killed.
///
/// ```no_run
/// use std::time::Duration;
///
/// let secret = token_core::source::command(["gh", "auth", "token"], Duration::from_secs(10))?;
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`NotFound`](crate::ErrorKind::NotFound), [`Timeout`](crate::ErrorKind::Timeout),
/// [`HelperFailed`](crate::ErrorKind::HelperFailed) for any exit status but 0,
/// [`Malformed`](crate::ErrorKind::Malformed), [`TooLong`](crate::ErrorKind::TooLong), [`Io`](crate::ErrorKind::Io).
pub fn command<A>(argv: impl IntoIterator<Item = A>, timeout: Duration) -> Result<Secret, Error>
where
    A: AsRef<str>,
{
    let mut argv = argv.into_iter();
    let program = argv.next().map(|program| program.as_ref().to_owned()).unwrap_or_default();
    let mut command = Command::new(&program);
    for argument in argv {
        command.arg(argument.as_ref());
    }
    let place = Place::Command { program };
    let read = run(command, timeout, &place)?;
    text::token(read, place)
}

fn run(mut command: Command, timeout: Duration, place: &Place) -> Result<Secret, Loading> {
    command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
    // A group of its own, so that a timeout also ends what the helper started.
    let child = command.process_group(0).spawn().map_err(|error| place.clone().io(&error))?;
    let mut helper = Helper { child, until: deadline(timeout), ended: false };
    let failed = |problem| place.clone().problem(problem);
    let output = match helper.child.stdout.take() {
        Some(stdout) => read::read_from(Output { stdout, until: helper.until }, place),
        None => Err(failed(Problem::Io(io::ErrorKind::BrokenPipe))),
    };
    // An error drops the helper, which ends it.
    let output = output.map_err(|error| match error.problem {
        Problem::Io(io::ErrorKind::TimedOut) => failed(Problem::Timeout { after: timeout }),
        _ => error,
    })?;
    match helper.wait().map_err(|error| place.clone().io(&error))? {
        Some(status) if status.success() => Ok(output),
        Some(status) => Err(failed(Problem::HelperFailed { code: status.code() })),
        None => Err(failed(Problem::Timeout { after: timeout })),
    }
}

/// A timeout beyond what the clock can count is none at all.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// What is left until a deadline. `None` if there is none.
fn left(until: Option<Instant>) -> Option<Duration> {
    until.map(|until| until.saturating_duration_since(Instant::now()))
}

/// A running helper. Dropping it ends it, and everything in its group.
struct Helper {
    child: Child,
    until: Option<Instant>,
    /// Then its id may already be another process's.
    ended: bool,
}

impl Helper {
    /// Waits for the end, at most until the deadline.
    fn wait(&mut self) -> io::Result<Option<ExitStatus>> {
        loop {
            match self.child.try_wait() {
                Ok(None) if left(self.until) == Some(Duration::ZERO) => return Ok(None),
                // It has closed its output, so it is about to end.
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                ended => {
                    // Also after an error: where SIGCHLD is ignored, the system
                    // forgets children by itself, and how they ended.
                    self.ended = true;
                    return ended;
                }
            }
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if !self.ended {
            // Not waited for yet, so the id still belongs to it and its group.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The helper's output, until the deadline.
struct Output {
    stdout: ChildStdout,
    until: Option<Instant>,
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = left(self.until).map(Timespec::try_from).transpose();
        let left = left.map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut ready = [PollFd::from_borrowed_fd(self.stdout.as_fd(), PollFlags::IN)];
        match poll(&mut ready, left.as_ref())? {
            0 => Err(io::ErrorKind::TimedOut.into()),
            _ => self.stdout.read(buffer),
        }
    }
}
