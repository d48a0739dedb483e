//! Reading into buffers that are wiped, and never through one that is not.

use std::io::{self, Read};

use super::text;
use crate::{
    Error, Secret,
    error::{Loading, Place, Problem},
};

/// Loads a token from a reader, to its end.
///
/// The reader's own buffers are not wiped: give a `File` or a socket, not a `BufReader` around it.
///
/// ```
/// let secret = token_core::source::reader(&b"ghp_exampleexample\n"[..])?;
/// assert!(secret.constant_time_eq(b"ghp_exampleexample"), "without the line ending");
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io), [`Malformed`](crate::ErrorKind::Malformed),
/// or [`TooLong`](crate::ErrorKind::TooLong) above 64 KiB.
pub fn reader(reader: impl Read) -> Result<Secret, Error> {
    text::token(read_from(reader, &Place::Reader)?, Place::Reader)
}

/// Loads a token from standard input, to its end.
///
/// Reads the descriptor itself: `std::io::stdin` keeps what it reads in a
/// buffer that is never freed.
///
/// ```no_run
/// // vault read -field=token github/ci | deploy
/// let secret = token_core::source::stdin()?;
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// As [`reader`].
#[cfg(unix)]
pub fn stdin() -> Result<Secret, Error> {
    use std::os::fd::AsFd;

    let place = Place::Stdin;
    let own = io::stdin().as_fd().try_clone_to_owned();
    let file = std::fs::File::from(own.map_err(|error| place.clone().io(&error))?);
    text::token(read_from(file, &place)?, place)
}

/// Reads at most [`MAX_TOKEN_BYTES`].
pub(super) fn read_from(reader: impl Read, place: &Place) -> Result<Secret, Loading> {
    read_up_to(MAX_TOKEN_BYTES, FIRST_READ, reader, place)
}

/// Reads to the end. `expected` is a guess at the size; a right guess saves copies.
pub(super) fn read_up_to(
    limit: usize,
    expected: usize,
    reader: impl Read,
    place: &Place,
) -> Result<Secret, Loading> {
    // One byte more than expected, so that the end is found without enlarging the buffer.
    let buffer = Secret::zeroed(expected.min(limit) + 1);
    let (buffer, filled) = fill(buffer, limit, reader).map_err(|error| place.clone().io(&error))?;
    match buffer.bytes().get(..filled).filter(|_| filled <= limit) {
        Some(read) => Ok(Secret::copy_of(read)),
        None => Err(place.clone().problem(Problem::TooLong { limit })),
    }
}

/// Reads until the end or until more than `limit` bytes are there.
fn fill(mut buffer: Secret, limit: usize, mut reader: impl Read) -> io::Result<(Secret, usize)> {
    let mut filled = 0;
    while filled <= limit {
        if filled == buffer.bytes().len() {
            buffer = buffer.enlarged((filled * 2).min(limit + 1));
        }
        let room = buffer.bytes_mut().get_mut(filled..).unwrap_or_default();
        match reader.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((buffer, filled))
}

/// No issuer's token is nearly as long; a reader that never ends is stopped here.
pub(super) const MAX_TOKEN_BYTES: usize = 64 * 1024;

const FIRST_READ: usize = 1024;
