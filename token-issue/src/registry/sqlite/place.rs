//! Where the file is, and whether it is still there.

use std::{
    ffi::OsString,
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;

use super::{Settings, Trouble, connect, trouble::unsuitable};
use crate::registry::RegistryError;

#[cfg_attr(target_os = "linux", path = "place/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "place/other.rs")]
mod file_system;

/// The file of an open registry.
#[derive(Clone)]
pub(super) struct Place(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// The file, and the one with `-wal` at its end, which stays as long as a connection is open.
    files: [(PathBuf, Identity); 2],
}

/// Which file it is, whatever its name.
type Identity = Option<(u64, u64)>;

/// Opens the file, or makes it, and notes which one it is.
pub(super) fn occupy(
    path: &Path,
    settings: Settings,
) -> Result<(Place, Connection), RegistryError> {
    // While a process closes a file, the system drops all locks that the process has on it. So nobody may open the file
    // that we have just made before we have closed it.
    static OPENING: Mutex<()> = Mutex::new(());
    let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    occupied(path, settings).map_err(|Trouble(error)| error)
}

fn occupied(path: &Path, settings: Settings) -> Result<(Place, Connection), Trouble> {
    let path = absolute(path)?;
    let before = look_at(&path)?;
    let connection = connect::writing(&path, settings)?;
    let mut wal = OsString::from(&path);
    wal.push("-wal");
    let files = [path.clone(), PathBuf::from(wal)].map(|file| {
        let identity = fs::symlink_metadata(&file).map(|found| identity(&found));
        (file, identity.unwrap_or_default())
    });
    let place = Place(Arc::new(Inner { path, files }));
    let [(_, after), (_, log)] = &place.0.files;
    match (*after == before, log) {
        (true, Some(_)) => Ok((place, connection)),
        // SQLite would say so at the first change only.
        (true, None) => Err(unsuitable(format!(
            "nothing can be put beside {:?}; this program must be able to make files in its folder",
            place.path()
        ))),
        (false, _) => Err(gone().into()),
    }
}

/// The path with all links in its folder resolved, so that later a link in it is noticed.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Trouble> {
    let Some(name) = path.file_name() else {
        return Err(unsuitable(format!("{path:?} names no file; add the name of one")));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let found = fs::canonicalize(folder);
    let found =
        found.map_err(|error| refused(&format!("the folder {folder:?} cannot be used"), &error))?;
    file_system::check(&found)?;
    Ok(found.join(name))
}

/// Makes the file if there is none. Says which one it is.
fn look_at(path: &Path) -> Result<Identity, Trouble> {
    match new_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // A link that leads nowhere, in a folder that cannot be written.
        Err(_) if fs::symlink_metadata(path).is_ok() => {}
        Err(error) => return Err(refused(&format!("{path:?} cannot be made"), &error)),
    }
    let found = fs::symlink_metadata(path);
    let found = found.map_err(|error| refused(&format!("{path:?} cannot be looked at"), &error))?;
    if found.is_symlink() {
        return Err(unsuitable(format!("{path:?} is a link; name the file that it leads to")));
    }
    if !found.is_file() {
        return Err(unsuitable(format!("{path:?} is no file; name another one")));
    }
    if is_open_to_all(&found) {
        return Err(unsuitable(format!(
            "everybody may write to {path:?}; run `chmod o-w` on it, after you have seen who did"
        )));
    }
    Ok(identity(&found))
}

fn new_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The words are the kind's: an error of the system may have more.
fn refused(what: &str, error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            RegistryError::unavailable(format!("{what}: {}", error.kind())).into()
        }
        kind => unsuitable(format!("{what}: {kind}")),
    }
}

#[cfg(unix)]
fn identity(found: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    // The system keeps an open file where it is.
    Some((0, 0))
}

#[cfg(unix)]
fn is_open_to_all(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.mode() & 0o002 != 0
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Metadata) -> bool {
    false
}

impl Place {
    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether the paths still lead to the files that are open.
    pub(super) fn check(&self) -> Result<(), RegistryError> {
        let is_there = |(path, expected): &(PathBuf, Identity)| match fs::symlink_metadata(path) {
            Ok(found) => identity(&found) == *expected,
            Err(error) => error.kind() == io::ErrorKind::NotFound && expected.is_none(),
        };
        match self.0.files.iter().all(is_there) {
            true => Ok(()),
            false => Err(gone()),
        }
    }
}

fn gone() -> RegistryError {
    RegistryError::unavailable(
        "the file was removed, or another one was put into its place, while it was open; what was changed since is not in \
         the new one: put the old one back, with the files beside it, and start again",
    )
}
