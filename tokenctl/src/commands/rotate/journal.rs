//! The journal of rotations on this machine: `.token/rotate.journal`.
//!
//! It says what a run was doing when it was killed. Nothing depends on it: a runner's disk is gone with the runner, and the next run
//! knows what it must from the lock and from `find`. A line is
//!
//! ```text
//! rotate/1 SUM SLOT ATTEMPT STEP begun|done|failed [HANDLE]
//! ```
//!
//! where SUM is the CRC-32 of all that follows it, as eight hexadecimal digits. Each line is on disk before the run goes on. No
//! line has a byte of a token.

mod journaled;

use std::fmt::Display;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use token_policy::lock::{Attempt, Handle};
use token_rotate::replace::StepName;

pub(super) use self::journaled::Journaled;
use crate::output::Output;

/// The folder, at the root of the repository.
const FOLDER: &str = ".token";
const FILE: &str = "rotate.journal";
/// How every line begins.
const HEAD: &str = "rotate/1";
/// From this length on the journal begins anew.
const LONGEST: u64 = 1 << 20;

/// What happened to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Begun,
    Done,
    Failed,
}

/// The journal. Without a file it does nothing.
pub(super) struct Journal {
    file: Option<File>,
}

/// Another run is at work in this working tree.
pub(super) struct Busy;

impl Journal {
    /// Opens the journal, and says what an earlier run was doing when it ended. A file that cannot be written is told, and the run
    /// goes on without it.
    pub(super) fn open(root: &Path, output: &Output) -> Result<Journal, Busy> {
        let path = root.join(FOLDER).join(FILE);
        let mut file = match prepared(root).and_then(|()| opened(&path)) {
            Ok(file) => file,
            Err(error) => return Ok(Journal::without(&error, output)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Busy),
            Err(TryLockError::Error(error)) => return Ok(Journal::without(&error, output)),
        }
        match begin(&mut file) {
            Ok(text) => tell(&text, output),
            Err(error) => return Ok(Journal::without(&error, output)),
        }
        Ok(Journal { file: Some(file) })
    }

    /// Returns the journal of a run that changes nothing.
    pub(super) const fn none() -> Journal {
        Journal { file: None }
    }

    fn without(error: &io::Error, output: &Output) -> Journal {
        let kind = error.kind();
        output.note(&format!("note: {FOLDER}/{FILE}: {kind}: this run keeps no journal"));
        Journal { file: None }
    }

    /// Writes a line, and returns when it is on disk. If that fails, the journal ends here, and the run goes on.
    pub(super) fn write(
        &mut self,
        attempt: &Attempt,
        step: StepName,
        event: Event,
        handle: Option<&Handle>,
    ) {
        let line = line(attempt.slot(), attempt.name(), step, event, handle);
        let Some(file) = &mut self.file else { return };
        if file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).is_err() {
            self.file = None;
        }
    }
}

/// Makes the folder, with what has git ignore it. Neither may be a link, which could lead anywhere.
fn prepared(root: &Path) -> io::Result<()> {
    let folder = root.join(FOLDER);
    match folder.symlink_metadata() {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::create_dir(&folder)?,
        Err(error) => return Err(error),
    }
    let ignore = folder.join(".gitignore");
    match crate::file::create(root, &ignore, "*\n", false) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn opened(path: &PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A link in its place is not followed. Reading a pipe would not end.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Reads what is there, and makes sure that the next line begins at the beginning of one. What is too long is cut.
fn begin(file: &mut File) -> io::Result<Vec<u8>> {
    if file.metadata()?.len() > LONGEST {
        file.set_len(0)?;
    }
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    (&*file).take(LONGEST).read_to_end(&mut text)?;
    if text.last().is_some_and(|last| *last != b'\n') {
        file.write_all(b"\n")?;
    }
    file.sync_all()?;
    Ok(text)
}

fn line(
    slot: impl Display,
    attempt: &str,
    step: StepName,
    event: Event,
    handle: Option<&Handle>,
) -> String {
    let event = event.as_str();
    let handle = handle.map(|handle| format!(" {handle}")).unwrap_or_default();
    let facts = format!("{slot} {attempt} {step} {event}{handle}");
    format!("{HEAD} {:08x} {facts}\n", crc32fast::hash(facts.as_bytes()))
}

impl Event {
    const ALL: [Event; 3] = [Event::Begun, Event::Done, Event::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Event::Begun => "begun",
            Event::Done => "done",
            Event::Failed => "failed",
        }
    }
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
struct Line<'t> {
    slot: &'t str,
    attempt: &'t str,
    step: &'t str,
    event: Event,
}

/// Reads a line. `None` if it is torn, or somebody else's.
fn read(line: &[u8]) -> Option<Line<'_>> {
    let line = std::str::from_utf8(line).ok()?;
    let (sum, facts) = line.strip_prefix(HEAD)?.strip_prefix(' ')?.split_once(' ')?;
    if sum.len() != 8 || u32::from_str_radix(sum, 16) != Ok(crc32fast::hash(facts.as_bytes())) {
        return None;
    }
    let mut words = facts.split(' ');
    let mut next = || words.next();
    let (slot, attempt, step, event) = (next()?, next()?, next()?, next()?);
    let event = Event::ALL.into_iter().find(|known| known.as_str() == event)?;
    Some(Line { slot, attempt, step, event })
}

/// Says which lines were skipped, and what the last run was doing if it did not end by itself.
fn tell(text: &[u8], output: &Output) {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').filter(|it| !it.is_empty()).collect();
    let skipped = lines.iter().filter(|line| read(line).is_none()).count();
    if skipped > 0 {
        let lines = crate::output::number(skipped, "line");
        output.note(&format!("note: {FOLDER}/{FILE}: {lines} skipped: torn, or not ours"));
    }
    let last = lines.iter().rev().find_map(|line| read(line));
    if let Some(Line { slot, step, event: Event::Begun, .. }) = last {
        output.note(&format!("note: the last run here ended in the step `{step}` of `{slot}`"));
    }
}

#[cfg(test)]
mod tests;
