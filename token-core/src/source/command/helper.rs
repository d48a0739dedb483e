//! A helper from its start to its end, and what it writes meanwhile.

use std::{
    io::{self, Read},
    os::fd::{AsFd, BorrowedFd},
    os::unix::process::CommandExt,
    process::{Child, ChildStderr, ChildStdout, Command},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, Signal, kill_process_group},
};

use super::{
    terminal::{self, Terminal},
    words::Words,
};
use crate::error::End;

/// A running helper. Reading from it reads its standard output until *it* ends, not until the output is closed: a
/// daemon that it leaves behind keeps the output open. At the deadline, reading fails with `TimedOut`.
///
/// Dropping it kills the helper, and what it started, unless it has ended.
pub(super) struct Helper<'c> {
    child: Child,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// `None`, so no deadline, for a timeout that is longer than the clock can count.
    until: Option<Instant>,
    /// Set by whoever waits no longer: the same as the deadline.
    cancelled: &'c AtomicBool,
    /// The terminal that the helper may ask on. Then it is in our process group, else in one of its own.
    terminal: Option<Terminal>,
    pub(super) words: Words,
    pub(super) end: Option<End>,
}

impl<'c> Helper<'c> {
    pub(super) fn start(
        mut command: Command,
        timeout: Duration,
        cancelled: &'c AtomicBool,
    ) -> io::Result<Self> {
        let terminal = Terminal::in_foreground();
        if terminal.is_none() {
            // So that a timeout also ends the processes that the helper started.
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let until = Instant::now().checked_add(timeout);
        Ok(Self {
            child,
            stdout,
            stderr,
            until,
            cancelled,
            terminal,
            words: Words::new(),
            end: None,
        })
    }

    /// Looks whether the helper has ended.
    fn look(&mut self) -> io::Result<()> {
        self.end = match self.child.try_wait() {
            Ok(None) if self.terminal.is_none() && terminal::has_stopped(&self.child) => {
                Some(End::Stopped)
            }
            Ok(status) => status.map(End::Status),
            Err(error) if error.raw_os_error() == Some(Errno::CHILD.raw_os_error()) => {
                Some(End::Unknown)
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Waits until one of the outputs can be read or is closed, at most for `at_most`.
    fn ready(&self, at_most: Duration) -> io::Result<[bool; 2]> {
        let outputs: [Option<BorrowedFd<'_>>; 2] =
            [self.stdout.as_ref().map(AsFd::as_fd), self.stderr.as_ref().map(AsFd::as_fd)];
        let mut open: Vec<_> = outputs
            .iter()
            .flatten()
            .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
            .collect();
        let at_most = Timespec::try_from(at_most).map_err(|_| io::ErrorKind::InvalidInput)?;
        poll(&mut open, Some(&at_most))?;
        let mut events = open.iter().map(|fd| !fd.revents().is_empty());
        Ok(outputs.map(|output| output.is_some() && events.next().unwrap_or_default()))
    }

    /// How long to wait for output before looking again. `None` at the deadline, and once it was cancelled.
    fn pause(&self) -> Option<Duration> {
        match (self.end, self.until) {
            (Some(_), _) => Some(Duration::ZERO),
            (None, _) if self.cancelled.load(Ordering::Acquire) => None,
            (None, None) => Some(self.between_looks()),
            (None, Some(until)) => {
                let left = until.saturating_duration_since(Instant::now());
                (!left.is_zero()).then(|| left.min(self.between_looks()))
            }
        }
    }

    /// Output wakes us at once. The end of a helper whose output a daemon holds open is found by looking, and so is that of
    /// one that has closed its output: it is about to end.
    fn between_looks(&self) -> Duration {
        match (&self.stdout, &self.stderr) {
            (None, None) => Duration::from_millis(1),
            _ => Duration::from_millis(10),
        }
    }

    /// Reads what the helper says, and nothing more at its end.
    fn listen(&mut self) -> io::Result<()> {
        if let Some(stderr) = &mut self.stderr
            && self.words.hear(stderr)? == 0
        {
            self.stderr = None;
        }
        Ok(())
    }

    fn kill(&mut self) {
        let pid = Pid::from_child(&self.child);
        match &self.terminal {
            // The helper was not waited for yet, so the id still belongs to it and its group.
            None => {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            Some(terminal) => {
                #[cfg(target_os = "linux")]
                super::tree::kill(pid);
                let _ = self.child.kill();
                terminal.restore();
            }
        }
        let _ = self.child.wait();
    }
}

impl Read for Helper<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // First, so that all that the helper wrote before its end can be read now.
            self.look()?;
            if matches!(self.end, Some(End::Stopped)) {
                return Err(io::ErrorKind::Other.into());
            }
            let pause = self.pause().ok_or(io::ErrorKind::TimedOut)?;
            let [output, words] = self.ready(pause)?;
            // A daemon may go on writing for ever: after the end, no more is heard than is kept.
            let words = words && (self.end.is_none() || !self.words.is_full());
            if words {
                self.listen()?;
            }
            if let Some(stdout) = self.stdout.as_mut().filter(|_| output) {
                match stdout.read(buffer)? {
                    0 => self.stdout = None,
                    count => return Ok(count),
                }
            } else if self.end.is_some() && !words {
                return Ok(0);
            }
        }
    }
}

impl Drop for Helper<'_> {
    fn drop(&mut self) {
        if self.end.is_none() {
            let _ = self.look();
        }
        match self.end {
            None | Some(End::Stopped) => self.kill(),
            // Its process id may already belong to another process.
            Some(End::Status(_) | End::Unknown) => {}
        }
    }
}
