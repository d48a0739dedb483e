//! Describes what went wrong with an audit log, and in which log.

use core::{fmt, time::Duration};
use std::{io, path::PathBuf};

use super::ErrorKind;

/// A problem and the log it is about.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The log's directory; `None` if the problem is about a text without a log, such as a proof.
    pub(crate) log: Option<PathBuf>,
    pub(crate) problem: FaultProblem,
}

/// The sorts of problems. Their fields hold names of the log's files, positions and counts, and never a record's text.
#[derive(Clone, Debug)]
pub(crate) enum FaultProblem {
    Busy,
    Child,
    Closed,
    Damaged { file: String, index: Option<u64>, what: &'static str },
    Forked { what: &'static str, ours: u64, theirs: u64 },
    Full { needs: &'static str },
    InvalidProof { what: &'static str },
    InvalidSignature { what: &'static str },
    Io { doing: &'static str, file: String, kind: io::ErrorKind },
    KeyFile { kind: ErrorKind, said: String },
    Locked,
    MalformedKey { what: &'static str },
    NoEntropy { kind: io::ErrorKind },
    NoRecord { index: u64, size: u64 },
    NoTime,
    NotFound,
    NotYours,
    Panicked { what: &'static str },
    Poisoned { doing: &'static str, kind: io::ErrorKind },
    Syntax { what: &'static str, line: Option<usize> },
    Timeout { after: Duration },
    TooLong { what: &'static str, limit: usize },
}

impl FaultProblem {
    pub(crate) fn at(self, log: impl Into<PathBuf>) -> Fault {
        Fault { log: Some(log.into()), problem: self }
    }

    pub(crate) fn alone(self) -> Fault {
        Fault { log: None, problem: self }
    }
}

impl Fault {
    /// Returns whether the log's files are wrong, and not only unreadable.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self.problem, FaultProblem::Damaged { .. })
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self.problem {
            FaultProblem::Busy => ErrorKind::LogBusy,
            FaultProblem::Child | FaultProblem::Closed => ErrorKind::LogClosed,
            FaultProblem::Damaged { .. } => ErrorKind::LogDamaged,
            FaultProblem::Forked { .. } => ErrorKind::LogForked,
            FaultProblem::Full { .. } => ErrorKind::LogFull,
            FaultProblem::InvalidProof { .. } => ErrorKind::InvalidProof,
            FaultProblem::InvalidSignature { .. } => ErrorKind::InvalidSignature,
            FaultProblem::Io { .. } | FaultProblem::NoEntropy { .. } | FaultProblem::NoTime => {
                ErrorKind::Io
            }
            FaultProblem::KeyFile { kind, .. } => kind,
            FaultProblem::Locked => ErrorKind::LogLocked,
            FaultProblem::MalformedKey { .. } => ErrorKind::MalformedKey,
            FaultProblem::NoRecord { .. } | FaultProblem::NotFound => ErrorKind::NotFound,
            FaultProblem::Panicked { .. } | FaultProblem::Poisoned { .. } => ErrorKind::LogPoisoned,
            FaultProblem::NotYours | FaultProblem::Syntax { .. } => ErrorKind::Syntax,
            FaultProblem::Timeout { .. } => ErrorKind::Timeout,
            FaultProblem::TooLong { .. } => ErrorKind::TooLong,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(log) = &self.log {
            write!(f, "audit log {}: ", log.display())?;
        }
        self.problem.fmt(f)
    }
}

impl fmt::Display for FaultProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str(
                "more events wait than the disk keeps up with; this one is not on record, so try again",
            ),
            Self::Child => f.write_str(
                "this process was forked from the one that opened the log, and the thread that writes stayed there; \
                 fork first, and then open a log here",
            ),
            Self::Closed => f.write_str("the log is closed; open it again"),
            Self::Damaged { file, index: Some(index), what } => write!(
                f,
                "`{file}` is damaged at record {index}: {what}; \
                 keep the files as they are, verify the log, and restore it from a backup"
            ),
            Self::Damaged { file, index: None, what } => write!(
                f,
                "`{file}` is damaged: {what}; \
                 keep the files as they are, verify the log, and restore it from a backup"
            ),
            Self::Forked { what, ours, theirs } => write!(
                f,
                "{what} (this log has {ours} records, the other {theirs}), so there are two histories; keep both as \
                 evidence, and go on with the newer copy, or with a new log under another name"
            ),
            Self::Full { needs } => write!(
                f,
                "the disk is full, and {needs}; nothing that was acknowledged is lost: \
                 free some space and try again"
            ),
            Self::InvalidProof { what } => {
                write!(
                    f,
                    "the proof does not hold: {what}; ask for a fresh one, and keep this one as evidence"
                )
            }
            Self::InvalidSignature { what } => write!(
                f,
                "the checkpoint is not signed with the expected key: {what}; compare the verifying key with the log's"
            ),
            Self::Io { doing, file, kind } => write!(f, "{doing} `{file}` failed: {kind}"),
            Self::KeyFile { said, .. } => write!(f, "signing key: {said}"),
            Self::Locked => f.write_str(
                "another writer has the log open; stop it, or read the log with a `Reader`",
            ),
            Self::MalformedKey { what } => write!(f, "not a key of a log: {what}"),
            Self::NoEntropy { kind } => write!(
                f,
                "the operating system has no entropy for a key: {kind}; check that this process may call getrandom(2)"
            ),
            Self::NoRecord { index, size } => write!(
                f,
                "there is no record {index} under the checkpoint, which covers {size}; refresh the reader"
            ),
            Self::NoTime => f.write_str(
                "the clock stands before 1970, and a cosignature states its time; set the clock",
            ),
            Self::NotFound => f.write_str("there is no log in this directory; check the path"),
            Self::NotYours => f.write_str(
                "a checkpoint cannot be recorded by a caller, since the log does so itself; call `Log::checkpoint`",
            ),
            Self::Panicked { what } => write!(
                f,
                "{what} panicked, so the log has stopped; look for the panic in the program's output, \
                 and open the log again"
            ),
            Self::Poisoned { doing, kind } => write!(
                f,
                "{doing} failed earlier ({kind}), so nothing more can be promised durable; \
                 check the disk, then open the log again"
            ),
            Self::Syntax { what, line: Some(line) } => {
                write!(
                    f,
                    "line {line} is not what a {what} has there; check that the text is whole"
                )
            }
            Self::Syntax { what, line: None } => {
                write!(f, "not a {what}; check that the text is whole")
            }
            Self::Timeout { after } => write!(
                f,
                "no answer within {after:?}; the event may or may not be on record: check the disk, then try again"
            ),
            Self::TooLong { what, limit } => {
                write!(f, "{what} is longer than {limit} bytes; shorten it")
            }
        }
    }
}
