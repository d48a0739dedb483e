//! Keeps a signing key in a file of its own.

use std::{
    io::{self, Write as _},
    path::Path,
};

use tempfile::NamedTempFile;
use token_core::{ErrorKind as Loading, source};

use super::{SigningKey, malformed};
use crate::{
    Error, ErrorKind,
    error::FaultProblem,
    storage::{Directory, Storage as _},
};

impl SigningKey {
    /// Reads the key that a file holds, or makes a new key for a log with this name and keeps it there, as
    /// [`create`](Self::create) does.
    ///
    /// One key is for one log: give each log a file of its own, on a disk that lives as long as the log does. Of several
    /// processes that call this at the same time, one makes the key, and all get it.
    ///
    /// ```
    /// # fn main() -> Result<(), token_audit::Error> {
    /// # let directory = std::env::temp_dir().join(format!("token-audit-stored-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// use token_audit::SigningKey;
    ///
    /// let path = directory.join("audit.key");
    /// let key = SigningKey::open_or_create(&path, "example.com/tokens")?;
    /// let again = SigningKey::open_or_create(&path, "example.com/tokens")?;
    /// assert_eq!(again.verifying_key(), key.verifying_key());
    /// # let _ = std::fs::remove_dir_all(&directory);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails with [`MalformedKey`](ErrorKind::MalformedKey) if the file holds no key or that of another name, or if the name
    /// is none; with [`Io`](ErrorKind::Io) if the file cannot be read or made, or if others may read it.
    pub fn open_or_create(path: impl AsRef<Path>, name: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let key = match Self::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => match Self::create(path, name) {
                // Another process was faster.
                Err(_) if path.exists() => Self::open(path)?,
                created => created?,
            },
            opened => opened?,
        };
        match key.name() == name {
            true => Ok(key),
            false => Err(malformed("the file holds the key of a log with another name")),
        }
    }

    /// Makes a new key for a log with this name, and keeps it in a new file that only its owner may read (mode 0600). When
    /// this returns, the file is on the disk. A file that is there stays as it is.
    ///
    /// # Errors
    ///
    /// Fails as [`generate`](Self::generate) does; with [`MalformedKey`](ErrorKind::MalformedKey) if the name has other
    /// characters than visible ASCII; with [`Io`](ErrorKind::Io) if the file exists, or cannot be made.
    pub fn create(path: impl AsRef<Path>, name: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("a key in a file needs a name of visible ASCII characters"));
        }
        let key = Self::generate(name)?;
        key.keep(path).map_err(|error| {
            let file = path.display().to_string();
            FaultProblem::Io { doing: "making", file, kind: error.kind() }.alone()
        })?;
        Ok(key)
    }

    /// Reads the key that a file holds.
    fn open(path: &Path) -> Result<Self, Error> {
        let text = source::file(path).map_err(|error| {
            let kind = match error.kind() {
                Loading::NotFound => ErrorKind::NotFound,
                Loading::Malformed | Loading::TooLong => ErrorKind::MalformedKey,
                _ => ErrorKind::Io,
            };
            FaultProblem::KeyFile { kind, said: error.to_string() }.alone()
        })?;
        Self::from_secret(text)
    }

    /// Writes the key to a file that only this process knows, and then gives the file its name.
    fn keep(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        self.to_secret().with_bytes("kept in a file", |key| file.write_all(key))?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Directory::new(folder).sync_directory("")
    }
}
