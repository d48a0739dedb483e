//! Runs a program where nothing binds it to the life of the command: a helper, and no step of a rotation.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use token_core::Secret;

use super::{End, Ended, Program};

/// Runs a program to its end, or kills it. What it says on standard error is not kept.
pub(crate) fn run(program: &Program<'_>) -> Ended {
    let mut child = match start(program) {
        Ok(child) => child,
        Err(error) => return Ended::without_output(End::Failed(error.kind())),
    };
    let (end, printed) = talk(program, &mut child);
    if !matches!(end, End::Status(_)) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        let _ = child.wait();
    }
    let filled = printed.len();
    Ended::new(end, None, Secret::from(printed), filled)
}

fn start(program: &Program<'_>) -> io::Result<Child> {
    let (name, arguments) = program.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let piped = |is_piped| if is_piped { Stdio::piped() } else { Stdio::null() };
    let mut command = Command::new(name);
    command.args(arguments).current_dir(program.folder).stderr(Stdio::null());
    command.stdin(piped(program.input.is_some())).stdout(piped(program.keep > 0)).spawn()
}

fn talk(program: &Program<'_>, child: &mut Child) -> (End, Vec<u8>) {
    let until = Instant::now() + program.timeout;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), program.input) {
        // A program that reads no further has read what it wants.
        let _ = input.with_bytes("the standard input of a step", |bytes| stdin.write_all(bytes));
    }
    let mut printed = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let (sender, receiver) = mpsc::channel();
        let most = program.keep as u64;
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(most + 1).read_to_end(&mut bytes);
            // Nobody listens any more after the deadline.
            let _ = sender.send(read.map(|_| bytes));
        });
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(bytes)) if bytes.len() > program.keep => {
                return (End::TooLong(program.keep), Vec::new());
            }
            Ok(Ok(bytes)) => printed = bytes,
            Ok(Err(error)) => return (End::Failed(error.kind()), Vec::new()),
            Err(_) => return (End::Timeout(program.timeout), Vec::new()),
        }
    }
    match ended(child, until) {
        Ok(Some(status)) => (End::Status(status), printed),
        Ok(None) => (End::Timeout(program.timeout), Vec::new()),
        Err(error) => (End::Failed(error.kind()), Vec::new()),
    }
}

/// Waits for the end of a program that has closed its output. Returns `None` at the deadline.
fn ended(child: &mut Child, until: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= until => return Ok(None),
            None => thread::sleep(std::time::Duration::from_millis(5)),
        }
    }
}
