//! Says how a step has ended.

use std::fmt::{self, Display};
use std::io::ErrorKind;
use std::process::ExitStatus;
use std::time::Duration;

use token_core::Secret;

/// How a step has ended, and what it printed.
pub(crate) struct Ended {
    pub(crate) end: End,
    /// The first lines of what it said on standard error, with whatever may be a token masked.
    pub(crate) said: Option<String>,
    /// A buffer of fixed size, and how much of it the step has filled.
    output: Secret,
    filled: usize,
}

/// How a program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Status(ExitStatus),
    /// It took longer than this, and was killed, with all of its process group.
    Timeout(Duration),
    /// It printed more than this many bytes, and was killed.
    TooLong(usize),
    /// It was not started, or could not be watched.
    Failed(ErrorKind),
}

impl Ended {
    pub(super) fn new(end: End, said: Option<String>, output: Secret, filled: usize) -> Ended {
        Ended { end, said, output, filled }
    }

    pub(super) fn without_output(end: End) -> Ended {
        Ended::new(end, None, Secret::from(Vec::new()), 0)
    }

    pub(crate) fn is_success(&self) -> bool {
        matches!(self.end, End::Status(status) if status.success())
    }

    /// Lends what the step printed. Each copy that `read` makes is its own to wipe.
    pub(crate) fn with_output<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        let why = "the answer of a step";
        self.output.with_bytes(why, |bytes| read(bytes.get(..self.filled).unwrap_or_default()))
    }
}

/// Says how it ended, and the first lines of what it said.
impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.end.fmt(f)?;
        match &self.said {
            Some(said) => write!(f, " and said `{said}`"),
            None => Ok(()),
        }
    }
}

impl Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Of `ExitStatus` the text begins with "exit status: " or "signal: ".
            End::Status(status) => write!(f, "ended with {status}"),
            End::Timeout(after) => {
                write!(f, "took longer than {} s and was killed", after.as_secs())
            }
            End::TooLong(most) => write!(f, "printed more than {} KiB and was killed", most >> 10),
            End::Failed(kind) => write!(f, "was not run: {kind}"),
        }
    }
}
