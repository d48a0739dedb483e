//! Defines the crate's one public error, which is opaque. It holds a problem and the log that the problem is about.

mod fault;

use std::{error, fmt, path::Path};

pub(crate) use fault::{Fault, FaultProblem};

/// Says why the audit log did not take an event, did not find a record, or did not accept what it read.
///
/// The message names the log and the next step, and never repeats a record's text. Match on [`kind`](Self::kind); the
/// wording is not part of the interface. `Debug` prints the message too, because a `main` that returns an error prints
/// its `Debug` form.
///
/// If the log is the recorder of an admission, this error stands behind [`token_core::Error`], which has the kind
/// [`NotRecorded`](token_core::ErrorKind::NotRecorded) and this error as its source:
///
/// ```
/// use std::error::Error as _;
///
/// fn is_disk_full(error: &token_core::Error) -> bool {
///     let cause = error.source().and_then(|cause| cause.downcast_ref::<token_audit::Error>());
///     cause.is_some_and(|cause| cause.kind() == token_audit::ErrorKind::LogFull)
/// }
/// # let error = "4f2a".parse::<token_core::TokenId>().unwrap_err();
/// # assert!(!is_disk_full(&error));
/// ```
pub struct Error(Box<Fault>);

/// Says what went wrong, for a program to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The proof does not lead to the checkpoint's root.
    InvalidProof,
    /// The checkpoint is not signed with the expected key.
    InvalidSignature,
    /// The operating system refused to read or write, or has no entropy.
    Io,
    /// Events come faster than the disk takes them, and too many are waiting.
    LogBusy,
    /// The log was closed. In a child that was forked from the process with the log, it is closed from the beginning.
    LogClosed,
    /// The log's files don't contain what its checkpoint says.
    LogDamaged,
    /// The log does not continue a known checkpoint, so writing to it would sign a second history.
    LogForked,
    /// There is no space for further records.
    LogFull,
    /// Another writer has the log open.
    LogLocked,
    /// A write failed earlier, or the log's thread panicked, so the log takes no more events.
    LogPoisoned,
    /// The text is not a signing or verifying key.
    MalformedKey,
    /// There is no log in this directory, or no record at this index.
    NotFound,
    /// The text does not have the syntax of a record, checkpoint or proof.
    Syntax,
    /// The log's disk did not answer before the deadline.
    Timeout,
    /// The text is longer than a record can be.
    TooLong,
}

impl ErrorKind {
    /// Returns the variant's name, as it stands in audit records. It stays the same in later versions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidProof => "InvalidProof",
            Self::InvalidSignature => "InvalidSignature",
            Self::Io => "Io",
            Self::LogBusy => "LogBusy",
            Self::LogClosed => "LogClosed",
            Self::LogDamaged => "LogDamaged",
            Self::LogForked => "LogForked",
            Self::LogFull => "LogFull",
            Self::LogLocked => "LogLocked",
            Self::LogPoisoned => "LogPoisoned",
            Self::MalformedKey => "MalformedKey",
            Self::NotFound => "NotFound",
            Self::Syntax => "Syntax",
            Self::Timeout => "Timeout",
            Self::TooLong => "TooLong",
        }
    }
}

impl Error {
    /// Returns what went wrong, for a program to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// Adds the log that the error is about, unless it names one already.
    pub(crate) fn of_log(mut self, path: &Path) -> Self {
        self.0.log.get_or_insert_with(|| path.to_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {}

impl From<Fault> for Error {
    #[cold]
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}
