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
/// No shell is involved: `argv` is the program and its arguments. Its standard input and standard error
/// are `/dev/null`. The output ends when the program, and every process that it started, has closed it.
/// If that takes longer than `timeout`, the program and all processes of its group are killed.
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
    // In a process group of its own, so that a timeout also ends the processes that the helper started.
    let child = command.process_group(0).spawn().map_err(|error| place.clone().io(&error))?;
    let mut helper = Helper { child, until: deadline(timeout), ended: false };
    let failed = |problem| place.clone().problem(problem);
    let output = match helper.child.stdout.take() {
        Some(stdout) => read::read_from(Output { stdout, until: helper.until }, place),
        None => Err(failed(Problem::Io(io::ErrorKind::BrokenPipe))),
    };
    // An error drops `helper`, which kills the process.
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

/// `None`, so no deadline, for a timeout that is longer than the clock can count.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// The time that is left until a deadline. `None` if there is no deadline.
fn left(until: Option<Instant>) -> Option<Duration> {
    until.map(|until| until.saturating_duration_since(Instant::now()))
}

/// A running helper. Dropping it kills the helper and all processes of its group.
struct Helper {
    child: Child,
    until: Option<Instant>,
    /// Whether the helper has ended. Then its process id may already belong to another process.
    ended: bool,
}

impl Helper {
    /// Waits until the helper ends. `None` if it has not ended at the deadline.
    fn wait(&mut self) -> io::Result<Option<ExitStatus>> {
        loop {
            match self.child.try_wait() {
                Ok(None) if left(self.until) == Some(Duration::ZERO) => return Ok(None),
                // The helper has closed its output, so it is about to end.
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                ended => {
                    // Also after an error: where SIGCHLD is ignored, the system removes a child
                    // that ends, and its exit status with it.
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
            // The helper was not waited for yet, so the id still belongs to it and its group.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Reads the helper's output. At the deadline, reading fails with `TimedOut`.
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
