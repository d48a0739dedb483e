//! Defines the findings of a verification.

use std::{fmt, ops::Range};

/// One thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The record at this index is not the one that was logged.
    Edited {
        /// The index of the record.
        index: u64,
    },
    /// The entry that was logged at this index is not a record with this index. It was signed with the log's key.
    Malformed {
        /// The index of the entry.
        index: u64,
    },
    /// Records that were logged are gone.
    Removed {
        /// The indexes of the records.
        indexes: Range<u64>,
    },
    /// The record stands at another index than the one at which it was logged.
    Reordered {
        /// The index at which the record was logged.
        index: u64,
    },
    /// There is an entry that was never logged.
    Inserted {
        /// The index of the record before which the entry stands.
        before: u64,
    },
    /// Records were replaced together with the tree over them. Only a root that was signed, or stated in a record,
    /// shows that.
    Rewritten {
        /// The indexes among which the first changed record is.
        within: Range<u64>,
    },
    /// The log is shorter than a pinned checkpoint says, so it is an older copy.
    RolledBack {
        /// The indexes of the records that are missing at the end. Empty if only the last session is missing, which
        /// may have had records that are under no checkpoint.
        lost: Range<u64>,
    },
    /// A file is missing or damaged. If records are affected, other findings name them.
    File {
        /// The path of the file in the log's directory.
        file: String,
    },
}

impl Finding {
    /// Returns the code of the finding, which stays the same in later versions: `log-edited`, `log-malformed`,
    /// `log-removed`, `log-reordered`, `log-inserted`, `log-rewritten`, `log-rolled-back` or `log-file`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Edited { .. } => "log-edited",
            Self::Malformed { .. } => "log-malformed",
            Self::Removed { .. } => "log-removed",
            Self::Reordered { .. } => "log-reordered",
            Self::Inserted { .. } => "log-inserted",
            Self::Rewritten { .. } => "log-rewritten",
            Self::RolledBack { .. } => "log-rolled-back",
            Self::File { .. } => "log-file",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { index } => write!(f, "record {index} was edited"),
            Self::Malformed { index } => {
                write!(f, "what was logged as record {index} is not a record with that index")
            }
            Self::Removed { indexes } => write!(f, "{} removed", Records(indexes)),
            Self::Reordered { index } => write!(f, "record {index} was moved to another place"),
            Self::Inserted { before } => {
                write!(f, "something was inserted before record {before}")
            }
            Self::Rewritten { within } => write!(
                f,
                "the log was rewritten: the first changed record is one of {}..{}",
                within.start, within.end
            ),
            Self::RolledBack { lost } if lost.is_empty() => {
                f.write_str("the log is an older copy: a writer has opened it since")
            }
            Self::RolledBack { lost } => {
                write!(f, "the log is an older copy: {} missing", Records(lost))
            }
            Self::File { file } => write!(f, "file `{file}` is missing or damaged"),
        }
    }
}

struct Records<'r>(&'r Range<u64>);

impl fmt::Display for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.start, self.0.end) {
            (first, end) if first + 1 == end => write!(f, "record {first} is"),
            (first, end) => write!(f, "records {first} to {} are", end.saturating_sub(1)),
        }
    }
}
