//! A token in a file of its own.

use std::{fs, path::Path};

use super::{read, text};
use crate::{
    Error, Secret,
    error::{Loading, Place},
    scope::ReadableBy,
};

/// Loads a token from a file that nobody but its owner may read.
///
/// ```no_run
/// let secret = token_core::source::file("/run/secrets/github")?;
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`NotFound`](crate::ErrorKind::NotFound), [`Io`](crate::ErrorKind::Io),
/// [`ReadableByOthers`](crate::ErrorKind::ReadableByOthers), [`Malformed`](crate::ErrorKind::Malformed),
/// [`TooLong`](crate::ErrorKind::TooLong).
pub fn file(path: impl AsRef<Path>) -> Result<Secret, Error> {
    file_readable_by(path, ReadableBy::Owner)
}

/// Loads a token from a file that also the group or everyone may read, as
/// container platforms set it up. Nobody but the owner may ever write it.
///
/// # Errors
///
/// As [`file`](file()).
pub fn file_readable_by(path: impl AsRef<Path>, readable_by: ReadableBy) -> Result<Secret, Error> {
    let place = Place::File { path: path.as_ref().into() };
    let read = read_file(path.as_ref(), readable_by, read::MAX_TOKEN_BYTES, &place)?;
    text::token(read, place)
}

/// The whole file, after a check of its permissions.
pub(super) fn read_file(
    path: &Path,
    readable_by: ReadableBy,
    limit: usize,
    place: &Place,
) -> Result<Secret, Loading> {
    let io = |error| place.clone().io(&error);
    let file = fs::File::open(path).map_err(io)?;
    // Of the open file, not of the path: nobody can swap it in between.
    let metadata = file.metadata().map_err(io)?;
    check_permissions(&metadata, readable_by, place)?;
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    read::read_up_to(limit, size, file, place)
}

#[cfg(unix)]
fn check_permissions(
    metadata: &fs::Metadata,
    readable_by: ReadableBy,
    place: &Place,
) -> Result<(), Loading> {
    use std::os::unix::fs::PermissionsExt;

    use crate::error::Problem;

    let mode = metadata.permissions().mode() & 0o777;
    let allowed = match readable_by {
        ReadableBy::Owner => 0o600,
        ReadableBy::Group => 0o640,
        ReadableBy::Everyone => 0o644,
    };
    // What the owner may do is the owner's business.
    match mode & 0o077 & !allowed {
        0 => Ok(()),
        _ => Err(place.clone().problem(Problem::ReadableByOthers { mode, allowed })),
    }
}

/// Elsewhere there is no mode to check; the platform's access lists decide.
#[cfg(not(unix))]
fn check_permissions(_: &fs::Metadata, _: ReadableBy, _: &Place) -> Result<(), Loading> {
    Ok(())
}
