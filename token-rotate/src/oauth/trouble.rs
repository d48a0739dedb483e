//! What is wrong with the store of a refresh token.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

/// The path, and the kind of the system's error. There is no byte of a token in it.
pub(super) struct Trouble {
    path: PathBuf,
    kind: io::ErrorKind,
    what: &'static str,
}

impl Trouble {
    pub(super) fn lock(path: &Path, cause: &io::Error) -> Self {
        let what = match cause.kind() {
            io::ErrorKind::TimedOut => {
                "another process has had the file of the refresh token for too long; it is tried again"
            }
            _ => {
                "the lock of the file cannot be taken; check that this process may write in its folder"
            }
        };
        Self { path: path.into(), kind: cause.kind(), what }
    }

    pub(super) fn write(path: &Path, cause: &io::Error) -> Self {
        let what = "the new refresh token cannot be written, so it is kept in memory, and the access token is not used; make room, \
                    and check that this process may write in the folder: it is tried again";
        Self { path: path.into(), kind: cause.kind(), what }
    }

    pub(super) fn read(path: &Path, cause: &token_core::Error) -> Option<Self> {
        let what =
            "there is no refresh token; somebody has to log in, and put it there with `Store::put`";
        let is_missing = cause.kind() == token_core::ErrorKind::NotFound;
        is_missing.then(|| Self { path: path.into(), kind: io::ErrorKind::NotFound, what })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path.display(), self.what, self.kind)
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Trouble {}
