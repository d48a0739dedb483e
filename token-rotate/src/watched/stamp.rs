//! Which file it was, and when it was changed.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use token_core::UtcDateTime;

/// What tells one state of a file from another, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) len: u64,
    modified: SystemTime,
    #[cfg(unix)]
    unix: Unix,
}

/// A file that was replaced is another one; the system sets the time of a change, which nobody can set back.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unix {
    device: u64,
    number: u64,
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of the file that the path leads to now.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            len: metadata.len(),
            modified: metadata.modified().ok()?,
            #[cfg(unix)]
            unix: {
                use std::os::unix::fs::MetadataExt;
                let changed = (metadata.ctime(), metadata.ctime_nsec());
                Unix { device: metadata.dev(), number: metadata.ino(), changed }
            },
        })
    }

    /// When the file was written, and now at the latest.
    pub(super) fn written(&self) -> UtcDateTime {
        UtcDateTime::from(self.modified.min(SystemTime::now()))
    }

    /// How long ago it was written. `None` for a time that is in the future.
    pub(super) fn age(&self) -> Option<Duration> {
        SystemTime::now().duration_since(self.modified).ok()
    }
}
