//! A token in a file of its own.

use std::{
    fs::{File, Metadata},
    io,
    path::Path,
};

use super::{read, text};
use crate::{
    Error, Secret,
    error::{Loading, Place, Problem},
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
/// [`NotAFile`](crate::ErrorKind::NotAFile) for a directory, pipe or device (use [`reader`](super::reader)),
/// [`ReadableByOthers`](crate::ErrorKind::ReadableByOthers), [`Malformed`](crate::ErrorKind::Malformed),
/// [`TooLong`](crate::ErrorKind::TooLong).
pub fn file(path: impl AsRef<Path>) -> Result<Secret, Error> {
    file_readable_by(path, ReadableBy::Owner)
}

/// Loads a token from a file that also the group or everyone may read, as
/// container platforms set it up. Nobody but the owner may ever write it.
///
/// ```no_run
/// use token_core::{scope::ReadableBy, source};
///
/// // A secret of Kubernetes, in a pod with an `fsGroup`: root owns the file, our group reads it.
/// let secret = source::file_readable_by("/run/secrets/github/token", ReadableBy::Group)?;
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// As [`file`](file()).
pub fn file_readable_by(path: impl AsRef<Path>, readable_by: ReadableBy) -> Result<Secret, Error> {
    let place = Place::File { path: path.as_ref().into() };
    let read = read_file(path.as_ref(), readable_by, read::MAX_TOKEN_BYTES, &place)?;
    text::token(read, place)
}

/// Reads a whole file, after checking that it is a regular file and who may read it.
pub(super) fn read_file(
    path: &Path,
    readable_by: ReadableBy,
    limit: usize,
    place: &Place,
) -> Result<Secret, Loading> {
    let io = |error| place.clone().io(&error);
    let file = open(path).map_err(io)?;
    // The metadata of the open file, not of the path: the file cannot be swapped in between.
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(place.clone().problem(Problem::NotAFile));
    }
    check_access(&file, &metadata, readable_by)
        .map_err(|problem| place.clone().problem(problem))?;
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    read::read_up_to(limit, size, file, place)
}

/// Opens without waiting for the writer of a pipe. The caller refuses whatever is not a regular file.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(unix)]
fn check_access(file: &File, metadata: &Metadata, readable_by: ReadableBy) -> Result<(), Problem> {
    use std::os::unix::fs::MetadataExt;

    let mode = metadata.mode() & 0o777;
    let allowed = match readable_by {
        ReadableBy::Owner => 0o600,
        ReadableBy::Group => 0o640,
        ReadableBy::Everyone => 0o644,
    };
    let (owner, us) = (metadata.uid(), rustix::process::geteuid().as_raw());
    let can_change = (us == owner || us == 0) && !is_read_only(file);
    // Neither the owner's own bits count, nor those for executing, by which nobody learns a token.
    if mode & 0o066 & !allowed != 0 {
        return Err(Problem::ReadableByOthers { mode, allowed, can_change });
    }
    match readable_by {
        // Only root can have opened another user's file of this mode; that user may read it.
        ReadableBy::Owner if owner != us && owner != 0 => {
            Err(Problem::OwnedByAnother { owner, can_change })
        }
        _ => Ok(()),
    }
}

/// Whether the file is on a mount that nobody can write to, as the volumes of a container are.
#[cfg(unix)]
fn is_read_only(file: &File) -> bool {
    use rustix::fs::{StatVfsMountFlags, fstatvfs};

    fstatvfs(file).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Other systems have no mode to check; their access lists decide.
#[cfg(not(unix))]
fn check_access(_: &File, _: &Metadata, _: ReadableBy) -> Result<(), Problem> {
    Ok(())
}
