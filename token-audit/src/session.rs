//! Defines the session: the time from the opening of a log by a writer until the log is closed or the writer is killed.
//!
//! Each session has a random mark, which stands in every checkpoint that is signed in it, in an extension line
//! (C2SP tlog-checkpoint). The frames of the journal are authenticated together with the checkpoint that they continue, so a
//! frame of another session, or of another log with the same key, does not fit.

use core::{fmt, fmt::Write as _};
use std::io;

use crate::{Error, checkpoint::number, error::FaultProblem, record};

/// The beginning of the line.
const NAME: &str = "session ";

/// What a checkpoint says about the session in which it was signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    /// How many sessions the log has had, with this one.
    number: u64,
    /// The mark of the log's first session. Two logs differ in it, also if they have the same key.
    log: [u8; 16],
    mark: [u8; 16],
}

impl Session {
    /// Makes the first session of a new log.
    pub(super) fn first() -> Result<Self, Error> {
        let mark = random()?;
        Ok(Self { number: 1, log: mark, mark })
    }

    /// Makes the session after this one.
    pub(super) fn next(self) -> Result<Self, Error> {
        Ok(Self { number: self.number.saturating_add(1), mark: random()?, ..self })
    }

    /// Reads what [`Display`](fmt::Display) writes. Returns `None` for any other text.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (count, marks) = line.strip_prefix(NAME)?.split_once(' ')?;
        let (log, mark) = marks.split_once(' ')?;
        let (log, mark) = (record::parse_mark(log)?, record::parse_mark(mark)?);
        Some(Self { number: number(count)?, log, mark })
    }

    /// Says why a log whose newest checkpoint was signed in this session does not continue a checkpoint that was signed in
    /// `theirs`. Returns `None` if the sessions show no such reason.
    pub(super) fn does_not_continue(&self, theirs: &Self) -> Option<&'static str> {
        match theirs {
            _ if theirs.log != self.log => Some(OTHER_LOG),
            _ if theirs.number > self.number => Some(OLDER),
            _ if theirs.number == self.number && theirs.mark != self.mark => Some(TWO_WRITERS),
            _ => None,
        }
    }

    /// Returns whether the same log was opened again since this session.
    pub(super) fn is_before(&self, later: &Self) -> bool {
        self.log == later.log && self.number < later.number
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}{} ", self.number)?;
        self.log.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_char(' ')?;
        self.mark.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn random() -> Result<[u8; 16], Error> {
    let mut mark = [0; 16];
    getrandom::fill(&mut mark)
        .map_err(|error| FaultProblem::NoEntropy { kind: io::Error::from(error).kind() }.alone())?;
    Ok(mark)
}

/// Why a log does not continue a checkpoint.
pub(super) const OLDER: &str = "this directory is an older copy of the log";
const OTHER_LOG: &str =
    "the checkpoint is of another log with the same key, and a key is for one log alone";
const TWO_WRITERS: &str =
    "the checkpoint was signed by another writer, who opened a copy of the log";
