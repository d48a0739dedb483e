//! What SQLite says, in words that hold no value of a row.

use rusqlite::ErrorCode;

use crate::registry::RegistryError;

/// A [`RegistryError`], to which `?` turns what SQLite says. That is not a conversion of the public type, so that it
/// shows nothing of rusqlite.
pub(super) struct Trouble(pub(super) RegistryError);

impl From<RegistryError> for Trouble {
    fn from(error: RegistryError) -> Self {
        Self(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    /// SQLite's own message is left out: it may quote what it was given.
    #[cold]
    fn from(error: rusqlite::Error) -> Self {
        let Some(failed) = error.sqlite_error() else { return damaged() };
        let (what, code) = (failed.code, failed.extended_code);
        if matches!(code, CONSTRAINT_UNIQUE | CONSTRAINT_PRIMARY_KEY) {
            return Self(RegistryError::Duplicate);
        }
        let words = match what {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                "another program keeps the file locked; try again, and see which program has it open"
            }
            ErrorCode::DiskFull => {
                "the disk is full, or a quota or size limit is reached; make room"
            }
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                "the file or its folder is read-only for this program; it must be able to write both"
            }
            ErrorCode::CannotOpen => {
                "the file, or one beside it, cannot be opened; this program must be able to make files in the folder"
            }
            ErrorCode::DatabaseCorrupt => "the file is damaged; restore a backup",
            ErrorCode::NotADatabase => {
                return unsuitable("the file is no SQLite database; name another file");
            }
            ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed => {
                "the disk has failed"
            }
            ErrorCode::OutOfMemory => "there is no memory left",
            _ => "SQLite has refused",
        };
        Self(RegistryError::unavailable(format!("{words} (SQLite's code {code})")))
    }
}

/// A row does not have what we put in.
#[cold]
pub(super) fn damaged() -> Trouble {
    Trouble(RegistryError::unavailable("a row of the file is damaged; restore a backup"))
}

#[cold]
pub(super) fn unsuitable(cause: impl Into<String>) -> Trouble {
    Trouble(RegistryError::Unsuitable { cause: cause.into() })
}

const CONSTRAINT_UNIQUE: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
const CONSTRAINT_PRIMARY_KEY: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY;

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
