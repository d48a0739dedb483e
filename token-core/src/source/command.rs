//! A helper command that prints a token.

mod helper;
mod terminal;
#[cfg(target_os = "linux")]
mod tree;
mod words;

use std::{
    io,
    process::{Command, Stdio},
    sync::atomic::AtomicBool,
    time::Duration,
};

use self::helper::Helper;
pub use self::words::{HEARD, said};
use super::{read, text};
use crate::{
    Error, Secret,
    error::{End, Loading, Place, Problem},
};

/// Runs a program and loads the token that it prints to its standard output.
///
/// No shell is involved: `argv` is the program and its arguments. **No argument may be a secret**: every user of the
/// machine sees the arguments of a running program, and this process keeps copies of them that nobody wipes.
///
/// The output ends when the program ends. What it leaves running in the background, such as an agent, is not waited
/// for, and should not write to the standard output or error that it was started with: both are closed.
/// If the program takes longer than `timeout`, it is killed, and all processes of its group.
///
/// An error repeats the first line that the program wrote to its standard error, at most 200 printable
/// ASCII characters of it. Whatever may be a token is masked in it: what has 16 bytes without a space; what has 8,
/// and a digit or capitals among small letters; what stands in the output. *A secret of fewer bytes cannot be told from a word.*
///
/// The program's standard input is empty, but it can ask on the terminal (`/dev/tty`) if this process could: if
/// this process is in the terminal's foreground, so is the program. It then has no group of its own: Ctrl-C ends both, and after
/// `timeout` the program is killed with the processes that it started (on Linux; elsewhere it alone).
///
/// A program with a group of its own goes on if this process is killed meanwhile; systemd and containers end both.
///
/// Where `SIGCHLD` is ignored, as some programs leave it to those that they start, the system keeps no exit status. Then the
/// output counts if it is a token.
///
/// ```no_run
/// use std::time::Duration;
/// use token_core::{ErrorKind, source};
///
/// let secret = match source::command(["gh", "auth", "token"], Duration::from_secs(10)) {
///     Err(error) if error.kind() == ErrorKind::NotFound => source::file("/run/secrets/github")?,
///     loaded => loaded?, // helper command `gh`: exited with status 1 and said `no oauth token found …`
/// };
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`NotFound`](crate::ErrorKind::NotFound), [`Timeout`](crate::ErrorKind::Timeout),
/// [`HelperFailed`](crate::ErrorKind::HelperFailed) for any exit status but 0, and for a program that asks on a terminal
/// where this process is in the background,
/// [`Malformed`](crate::ErrorKind::Malformed), [`TooLong`](crate::ErrorKind::TooLong), [`Io`](crate::ErrorKind::Io).
pub fn command<A>(argv: impl IntoIterator<Item = A>, timeout: Duration) -> Result<Secret, Error>
where
    A: AsRef<str>,
{
    command_unless(argv, timeout, &AtomicBool::new(false))
}

/// Runs a program like [`command`], but no longer than until `cancelled` is set: then it is killed as by the timeout.
///
/// # Errors
///
/// As [`command`]; [`Timeout`](crate::ErrorKind::Timeout) also if it was cancelled.
pub fn command_unless<A>(
    argv: impl IntoIterator<Item = A>,
    timeout: Duration,
    cancelled: &AtomicBool,
) -> Result<Secret, Error>
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
    let read = run(command, timeout, cancelled, &place)?;
    text::token(read, place)
}

fn run(
    mut command: Command,
    timeout: Duration,
    cancelled: &AtomicBool,
    place: &Place,
) -> Result<Secret, Loading> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let helper =
        Helper::start(command, timeout, cancelled).map_err(|error| place.clone().io(&error))?;
    // When `helper` is dropped, also because of an error, it is killed if it still runs.
    let mut helper = helper;
    let read = read::read_from(&mut helper, place);
    let said = |output: &[u8]| helper.words.first_line(output);
    let problem = match (read, helper.end) {
        (Ok(output), Some(End::Status(status))) if status.success() => return Ok(output),
        (Ok(output), Some(End::Unknown)) if text::as_token(output.bytes()).is_some() => {
            return Ok(output);
        }
        (Ok(output), Some(end)) => Problem::HelperFailed { end, said: said(output.bytes()) },
        (Err(_), Some(end @ End::Stopped)) => Problem::HelperFailed { end, said: said(&[]) },
        (Err(Loading { problem: Problem::Io(io::ErrorKind::TimedOut), .. }), _) | (Ok(_), None) => {
            Problem::Timeout { after: timeout, said: said(&[]) }
        }
        (Err(error), _) => return Err(error),
    };
    Err(place.clone().problem(problem))
}
