//! Starts a step, in the process that becomes it.
//!
//! `tokenctl step --parent PID -- PROGRAM…` is for `tokenctl rotate` alone, so no help lists it. Before it becomes the
//! program, it has the system kill it when the command dies, also by SIGKILL: a step that goes on could finish after the next
//! run has looked.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// The name of the hidden command.
pub(crate) const NAME: &str = "step";

/// Becomes the program, if that is what the arguments ask for. Returns only if it could not.
pub(crate) fn asked(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, command, option, parent, end, program, arguments @ ..] = arguments else { return None };
    let words = [command, option, end].map(|word| word.to_str());
    if words != [Some(NAME), Some("--parent"), Some("--")] {
        return None;
    }
    let parent = parent.to_str().and_then(|parent| parent.parse().ok())?;
    Some(start(parent, program, arguments))
}

#[cfg(unix)]
#[allow(clippy::print_stderr, reason = "the only words of a process that has nothing else to do")]
fn start(parent: i32, program: &OsStr, arguments: &[OsString]) -> ExitCode {
    use std::os::unix::process::CommandExt as _;

    if !super::shield::bind(parent) {
        return ExitCode::from(ORPHAN);
    }
    let error = std::process::Command::new(program).args(arguments).exec();
    // These are the codes that a shell has.
    let is_missing = error.kind() == std::io::ErrorKind::NotFound;
    eprintln!(
        "not started: {}",
        if is_missing { "no such file".into() } else { error.kind().to_string() }
    );
    ExitCode::from(if is_missing { 127 } else { 126 })
}

#[cfg(not(unix))]
fn start(_: i32, _: &OsStr, _: &[OsString]) -> ExitCode {
    ExitCode::from(ORPHAN)
}

/// Nobody reads this code: who would is gone.
const ORPHAN: u8 = 125;
