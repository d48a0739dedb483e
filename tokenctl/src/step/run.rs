//! Runs a step, and talks with it over its pipes, in one thread.

use std::convert::Infallible;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use token_core::{Secret, source};

use super::{End, Ended, NAME, Program};

/// Runs a program to its end, or kills it and its process group. What it leaves running in its group is killed as well: what goes
/// on in the background could have an effect after the next look.
pub(crate) fn run(program: &Program<'_>) -> Ended {
    let step = match Step::start(program) {
        Ok(step) => step,
        Err(error) => return Ended::without_output(End::Failed(error.kind())),
    };
    let mut talk = Talk { step, printed: 0, heard: 0 };
    let (mut end, mut said, mut output) = (End::Failed(ErrorKind::Other), None, None);
    // Both buffers have their size from the beginning, and are wiped at their end.
    let words = Secret::fill(source::HEARD + SCRATCH, |words| {
        // One byte more than may be printed, so that the end and an excess can be told apart.
        output =
            fill(program.keep + 1, |printed| end = talk.until_its_end(program, printed, words));
        Ok::<(), Infallible>(())
    });
    let has_failed = !matches!(end, End::Status(status) if status.success());
    if let (true, Ok(words), Some(output)) = (has_failed, &words, &output) {
        let printed = talk.printed;
        said = with_two(words, output, |words, output| {
            let words = words.get(..talk.heard).unwrap_or_default();
            let output = output.get(..printed).unwrap_or_default();
            with(program.input, |input| {
                said_in(words, if input.is_empty() { output } else { input })
            })
        });
    }
    let output = output.unwrap_or_else(|| Secret::from(Vec::new()));
    Ended::new(end, said, output, talk.printed)
}

/// What may be repeated of the first lines that a step said: the cause of a failure seldom stands in the first one.
fn said_in(words: &[u8], token: &[u8]) -> Option<String> {
    let mut lines: Vec<&[u8]> = words.split(|&byte| byte == b'\n').collect();
    // Of a line that is cut, only `said` knows what may be shown, and only if it is the first.
    if words.len() >= source::HEARD && lines.len() > 1 {
        lines.pop();
    }
    let shown = lines.iter().filter_map(|line| source::said(line, token));
    let shown: Vec<String> = shown.take(LINES).collect();
    (!shown.is_empty()).then(|| shown.join(" | "))
}

fn fill(length: usize, write: impl FnOnce(&mut [u8])) -> Option<Secret> {
    let filled = Secret::fill(length, |buffer| {
        write(buffer);
        Ok::<(), Infallible>(())
    });
    filled.ok()
}

fn with_two<R>(one: &Secret, other: &Secret, read: impl FnOnce(&[u8], &[u8]) -> R) -> R {
    let why = "what a step said is compared with what it printed, so that no token is shown";
    one.with_bytes(why, |one| other.with_bytes(why, |other| read(one, other)))
}

fn with<R>(secret: Option<&Secret>, read: impl FnOnce(&[u8]) -> R) -> R {
    match secret {
        Some(secret) => secret.with_bytes("the standard input of a step", read),
        None => read(b""),
    }
}

/// A program that runs. Dropping it kills it.
struct Step {
    child: Child,
    /// Readable when the program has ended. `None` where the system has no such thing: then we look now and then.
    life: Option<OwnedFd>,
    /// What takes the input, and how much of it was written.
    stdin: Option<(ChildStdin, usize)>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    status: Option<ExitStatus>,
}

impl Step {
    fn start(program: &Program<'_>) -> io::Result<Step> {
        let mut command = Command::new(ourselves()?);
        let parent = rustix::process::getpid().as_raw_nonzero().to_string();
        command.args([NAME, "--parent", &parent, "--"]).args(program.argv);
        command.current_dir(program.folder).process_group(0);
        let piped = |is_piped| if is_piped { Stdio::piped() } else { Stdio::null() };
        command.stdin(piped(program.input.is_some())).stdout(piped(program.keep > 0));
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let (stdin, stdout) = (child.stdin.take().map(|it| (it, 0)), child.stdout.take());
        let stderr = child.stderr.take();
        let step = Step { life: life(&child), child, stdin, stdout, stderr, status: None };
        if let Some((stdin, _)) = &step.stdin {
            // A program that never reads must not hold us up.
            rustix::io::ioctl_fionbio(stdin, true)?;
        }
        Ok(step)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Looks whether the program has ended. Before it is waited for, its id is still its own, and so is that of its group.
    fn look(&mut self) -> io::Result<()> {
        let has_ended = match &self.life {
            Some(life) => {
                let mut life = [PollFd::new(life, PollFlags::IN)];
                uninterrupted(&mut life, Some(Duration::ZERO))? > 0
            }
            None => true,
        };
        if self.status.is_none() && has_ended {
            if self.life.is_some() {
                self.kill_group();
            }
            self.status = self.child.try_wait()?;
        }
        Ok(())
    }

    fn kill_group(&self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
    }

    /// Waits until there is something to do, at most until `until`. Returns which of input, output and words are ready.
    fn ready(&self, until: Instant) -> io::Result<[bool; 3]> {
        let pipes: [Option<(BorrowedFd<'_>, PollFlags)>; 4] = [
            self.stdin.as_ref().map(|(fd, _)| (fd.as_fd(), PollFlags::OUT)),
            self.stdout.as_ref().map(|fd| (fd.as_fd(), PollFlags::IN)),
            self.stderr.as_ref().map(|fd| (fd.as_fd(), PollFlags::IN)),
            self.life
                .as_ref()
                .filter(|_| self.status.is_none())
                .map(|fd| (fd.as_fd(), PollFlags::IN)),
        ];
        let open = pipes.iter().flatten();
        let mut open: Vec<_> =
            open.map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        let left = until.saturating_duration_since(Instant::now());
        let patience = match (self.status, &self.life) {
            (Some(_), _) => Duration::ZERO,
            (None, Some(_)) => left,
            (None, None) => left.min(BETWEEN_LOOKS),
        };
        uninterrupted(&mut open, Some(patience))?;
        let mut events = open.iter().map(|fd| !fd.revents().is_empty());
        let [input, output, words, _] =
            pipes.map(|pipe| pipe.is_some() && events.next().unwrap_or_default());
        Ok([input, output, words])
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if self.status.is_none() {
            self.kill_group();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A step, and how much of its output and its words is there.
struct Talk {
    step: Step,
    printed: usize,
    heard: usize,
}

impl Talk {
    fn until_its_end(
        &mut self,
        program: &Program<'_>,
        printed: &mut [u8],
        words: &mut [u8],
    ) -> End {
        let until = Instant::now() + program.timeout;
        let end = loop {
            if self.step.status.is_none() && Instant::now() >= until {
                break End::Timeout(program.timeout);
            }
            match with(program.input, |input| self.turn(until, input, printed, words)) {
                Ok(None) => {}
                Ok(Some(end)) => break end,
                Err(error) => break End::Failed(error.kind()),
            }
        };
        if self.step.status.is_none() {
            self.step.kill_group();
            let _ = self.step.child.kill();
            self.step.status = self.step.child.wait().ok();
        }
        end
    }

    /// Waits, and does what there is to do. Returns how the step has ended, once it has and nothing is left to read.
    fn turn(
        &mut self,
        until: Instant,
        input: &[u8],
        printed: &mut [u8],
        words: &mut [u8],
    ) -> io::Result<Option<End>> {
        // First, so that all that it wrote before its end can be read now.
        self.step.look()?;
        let [can_write, can_read, can_hear] = self.step.ready(until)?;
        // Something in the background may go on saying things: after the end, no more is heard than is kept.
        let can_hear = can_hear && (self.step.status.is_none() || self.heard < source::HEARD);
        if can_hear {
            self.hear(words)?;
        }
        if can_write {
            self.write(input)?;
        }
        if can_read {
            self.read(printed)?;
        }
        if self.printed == printed.len() {
            return Ok(Some(End::TooLong(self.printed - 1)));
        }
        let is_quiet = !can_read && !can_hear;
        Ok(self.step.status.filter(|_| is_quiet).map(End::Status))
    }

    /// Reads what the step prints.
    fn read(&mut self, printed: &mut [u8]) -> io::Result<()> {
        let Some(stdout) = &mut self.step.stdout else { return Ok(()) };
        match stdout.read(printed.get_mut(self.printed..).unwrap_or_default())? {
            0 => self.step.stdout = None,
            count => self.printed += count,
        }
        Ok(())
    }

    /// Reads what the step says. Of a long speech the beginning is kept, and the rest is read and forgotten.
    fn hear(&mut self, words: &mut [u8]) -> io::Result<()> {
        let Some(stderr) = &mut self.step.stderr else { return Ok(()) };
        let room = words.get_mut(self.heard..).unwrap_or_default();
        match stderr.read(room)? {
            0 => self.step.stderr = None,
            count => self.heard = (self.heard + count).min(source::HEARD),
        }
        Ok(())
    }

    /// Writes the next part of the token. A program that reads no further has read what it wants.
    fn write(&mut self, input: &[u8]) -> io::Result<()> {
        let Some((stdin, written)) = &mut self.step.stdin else { return Ok(()) };
        let rest = input.get(*written..).unwrap_or_default();
        match stdin.write(rest) {
            Ok(count) => *written += count,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => *written = input.len(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if *written >= input.len() {
            self.step.stdin = None;
        }
        Ok(())
    }
}

fn uninterrupted(fds: &mut [PollFd<'_>], patience: Option<Duration>) -> io::Result<usize> {
    let patience = patience.map(|it| Timespec::try_from(it).map_err(|_| ErrorKind::InvalidInput));
    match poll(fds, patience.transpose()?.as_ref()) {
        // A child has ended, perhaps: the caller looks anyhow.
        Err(rustix::io::Errno::INTR) => Ok(0),
        polled => Ok(polled?),
    }
}

/// Our own program, also if another one has its path by now.
fn ourselves() -> io::Result<std::path::PathBuf> {
    match cfg!(target_os = "linux") {
        true => Ok("/proc/self/exe".into()),
        false => std::env::current_exe(),
    }
}

#[cfg(target_os = "linux")]
fn life(child: &Child) -> Option<OwnedFd> {
    use rustix::process::{PidfdFlags, pidfd_open};
    pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn life(_: &Child) -> Option<OwnedFd> {
    None
}

/// How many lines of what a step said are shown.
const LINES: usize = 8;

/// Room for words that are read and forgotten.
const SCRATCH: usize = 1024;

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
