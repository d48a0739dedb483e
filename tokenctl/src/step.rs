//! Runs one step of a rotation, or a helper: a program, with a token on its standard input perhaps.
//!
//! On Unix there is one thread, so that on Linux the death of the command is the death of what it started: the system binds the
//! one to the other by thread. A token stands only in buffers that are wiped, on this side and in the pipe.

mod ended;
mod exec;
#[cfg(not(unix))]
mod plain;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod shield;

use std::path::Path;
use std::time::Duration;

use token_core::Secret;

pub(crate) use self::ended::{End, Ended};
#[cfg(unix)]
pub(crate) use self::exec::NAME;
pub(crate) use self::exec::asked;
#[cfg(not(unix))]
pub(crate) use self::plain::run;
#[cfg(unix)]
pub(crate) use self::run::run;
#[cfg(unix)]
pub(crate) use self::shield::raise as shield;

/// What is run.
pub(crate) struct Program<'p> {
    /// The program, and its arguments. None of them is a token.
    pub(crate) argv: &'p [String],
    /// The folder in which it runs: names such as `./ci/probe` begin there.
    pub(crate) folder: &'p Path,
    /// What stands on its standard input, and nothing behind it. Without it, the input is empty.
    pub(crate) input: Option<&'p Secret>,
    /// How many bytes of its standard output are kept. Zero: it has none.
    pub(crate) keep: usize,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

/// The most that a program may print: what token-core reads of a document.
pub(crate) const MOST: usize = 1 << 20;

/// Fails, since nothing here ends a step when this process is killed, and nothing keeps it out of a dump.
#[cfg(not(unix))]
pub(crate) fn shield() -> Result<(), crate::failure::Failure> {
    Err(crate::failure::Failure::new("this system cannot end a step when this command is killed")
        .help("rotate on Linux, as pipelines do; macOS and the BSDs will do in a pinch"))
}
