//! The terminal that a helper may ask on.

use std::{fs::File, os::unix::fs::OpenOptionsExt, process::Child};

use rustix::{
    fs::OFlags,
    process::getpgrp,
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};

/// The terminal that controls this process, and how it was set.
pub(super) struct Terminal {
    file: File,
    settings: Termios,
}

impl Terminal {
    /// `None` if this process has no terminal, or is in the background of it. Whoever reads from a terminal in its
    /// background is stopped, and so is the whole group.
    pub(super) fn in_foreground() -> Option<Self> {
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open("/dev/tty").ok()?;
        let settings = tcgetattr(&file).ok()?;
        (tcgetpgrp(&file) == Ok(getpgrp())).then_some(Self { file, settings })
    }

    /// Sets the terminal as it was: a helper that was killed while it read a password has left the echo off.
    pub(super) fn restore(&self) {
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.settings);
    }
}

/// Whether a helper in a group of its own was stopped since it asked on the terminal.
#[cfg(target_os = "linux")]
pub(super) fn has_stopped(helper: &Child) -> bool {
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

    // With NOWAIT, the state remains for the `wait` of the standard library.
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let state = waitid(WaitId::Pid(Pid::from_child(helper)), options).ok().flatten();
    let by = state.and_then(|state| state.stopping_signal());
    by.is_some_and(|by| [Signal::TTIN, Signal::TTOU].iter().any(|asks| asks.as_raw() == by))
}

/// Elsewhere it is found at the timeout.
#[cfg(not(target_os = "linux"))]
pub(super) fn has_stopped(_: &Child) -> bool {
    false
}
