//! A systemd credential (systemd.exec(5), "Credentials").

use std::{env, path::PathBuf};

use super::{file, read, text};
use crate::{
    Error, Secret,
    error::{Place, Problem},
    scope::ReadableBy,
};

/// Loads the credential `name` that systemd passed to this service with
/// `LoadCredential=` or `SetCredentialEncrypted=`.
///
/// systemd guards the directory that `$CREDENTIALS_DIRECTORY` names, and sets
/// group bits on the files as part of an access list, so these are accepted.
///
/// ```no_run
/// // In the unit: LoadCredential=github:/etc/deploy/github
/// let secret = token_core::source::credential("github")?;
/// # Ok::<(), token_core::Error>(())
/// ```
///
/// # Errors
///
/// [`NotFound`](crate::ErrorKind::NotFound) if the service has no such credential or is not run by systemd,
/// else those of [`file`](super::file()).
pub fn credential(name: &str) -> Result<Secret, Error> {
    let place = Place::Credential { name: name.into() };
    let Some(path) = path_of(name) else {
        return Err(place.problem(Problem::NotFound).into());
    };
    let read = file::read_file(&path, ReadableBy::Group, read::MAX_TOKEN_BYTES, &place)?;
    text::token(read, place)
}

/// `None` if the name would lead out of the directory, or if there is no directory.
fn path_of(name: &str) -> Option<PathBuf> {
    let inside = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    let directory = env::var_os("CREDENTIALS_DIRECTORY").filter(|_| inside)?;
    Some(PathBuf::from(directory).join(name))
}
