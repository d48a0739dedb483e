//! How a helper command failed.

use alloc::string::String;
use core::fmt;
use std::process::ExitStatus;

/// How a helper ended.
#[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has helpers"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Status(ExitStatus),
    /// It still exists, but it was stopped when it asked on a terminal where we are in the background.
    Stopped,
    /// Where SIGCHLD is ignored, or another part of this program waits for all children, nobody keeps the status.
    Unknown,
}

impl End {
    pub(super) fn next_step(self) -> &'static str {
        match self {
            Self::Status(_) => "run it by hand to see more",
            Self::Stopped => {
                "log in with it by hand first, or start this program in the foreground of a terminal"
            }
            Self::Unknown => "run it by hand, or start this program where SIGCHLD is not ignored",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status(status) => match status.code() {
                Some(code) => return write!(f, "exited with status {code}"),
                None => "was ended by a signal",
            },
            Self::Stopped => "asked on the terminal, which it cannot while this program is in the background of it",
            Self::Unknown => "printed no token, and its exit status is not known, since this process keeps none of its children",
        })
    }
}

/// What a helper said, as part of a sentence: the first line of its standard error, in which whatever may be a
/// token is masked.
pub(super) struct Said<'s>(pub(super) &'s Option<String>);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|said| write!(f, " and said `{said}`"))
    }
}
