//! Runs the helper that asks an issuer.

use std::io::{ErrorKind, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::file;

/// Runs a program without a shell, and returns what it prints. What it says on standard error is shown nowhere, since it may
/// have a token in it. If it takes longer than `patience`, it is killed.
pub(super) fn run(argv: &[String], patience: Duration) -> Result<Vec<u8>, Failure> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Failure::usage("`--find` lacks the helper"));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| not_started(program, &error))?;
    let read = printed(&mut child, Instant::now() + patience, patience, program);
    if read.is_err() {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        let _ = child.wait();
    }
    read
}

fn printed(
    child: &mut Child,
    until: Instant,
    patience: Duration,
    program: &str,
) -> Result<Vec<u8>, Failure> {
    let late = || {
        Failure::new(format!("the helper `{program}` took longer than {} s", patience.as_secs()))
            .help("give it more time with `--timeout`")
    };
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(file::MOST + 1).read_to_end(&mut bytes);
            // Nobody listens any more after the deadline.
            let _ = sender.send(read.map(|_| bytes));
        });
    }
    let bytes = receiver.recv_timeout(until.saturating_duration_since(Instant::now()));
    let bytes = bytes.map_err(|_| late())?;
    let bytes = bytes.map_err(|error| Failure::at(program, &error))?;
    if bytes.len() as u64 > file::MOST {
        return Err(file::too_large("what the helper printed"));
    }
    match ended(child, until).map_err(|error| Failure::at(program, &error))? {
        Some(status) if status.success() => Ok(bytes),
        Some(status) => Err(Failure::new(format!("the helper `{program}` ended with {status}"))
            .help("run it by itself to see what it says; nothing of that is shown here")),
        None => Err(late()),
    }
}

/// Waits for the end of a program that has closed its output. Returns `None` at the deadline.
fn ended(child: &mut Child, until: Instant) -> std::io::Result<Option<ExitStatus>> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= until => return Ok(None),
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
}

fn not_started(program: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("the helper `{program}` was not started: {}", error.kind()));
    match error.kind() {
        ErrorKind::NotFound => {
            failure.help("no shell is involved: name a program, then its arguments")
        }
        _ => failure,
    }
}
