//! Implements the storage by a directory of the file system.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{MAX_FILE_BYTES, Storage, StoredFile};

/// A directory of the file system.
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes the storage for an existing directory. A relative path is resolved now, against the process's current
    /// directory.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    /// Makes the storage for a directory, which is created if it is missing. Then its name is durable. The directories
    /// above it must exist.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let here = Self::new(path);
        let is_new = here.create_directory("")?;
        // The directory above is synced even if this process did not make the directory: the process that made it may
        // have been killed before the sync.
        let synced = here.path.parent().map_or(Ok(()), |above| Self::new(above).sync_directory(""));
        match synced {
            // In this case another user made the directory for this service, and syncing its name is that user's job.
            Err(error) if !is_new && error.kind() == io::ErrorKind::PermissionDenied => Ok(here),
            synced => synced.map(|()| here),
        }
    }

    /// Fails if the path is a link. The log's own directory may be one, but no directory within it.
    fn check_directory(&self, path: &str) -> io::Result<()> {
        match path.is_empty() || self.path.join(path).symlink_metadata()?.is_dir() {
            true => Ok(()),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }
}

impl Storage for Directory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        read_limited(&mut open_file(&self.path.join(path), OpenOptions::new().read(true))?)
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        let path = self.path.join(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE);
        let file = open_file(&path, &mut options)?;
        Ok(Box::new(OpenFile { file, path, end: 0 }))
    }

    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)> {
        let path = self.path.join(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, PRIVATE_MODE);
        let (file, is_new) = match open_file(&path, options.clone().create_new(true)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                (open_file(&path, &mut options)?, false)
            }
            made => (made?, true),
        };
        make_private(&file);
        Ok((Box::new(OpenFile { file, path, end: 0 }), is_new))
    }

    fn create_directory(&self, path: &str) -> io::Result<bool> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, DIRECTORY_MODE);
        match builder.create(self.path.join(path)) {
            Ok(()) => Ok(true),
            // What exists must be a directory, and not a link to another place.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.check_directory(path).map(|()| false)
            }
            Err(error) => Err(error),
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        self.check_directory(path)?;
        let entries = fs::read_dir(self.path.join(path))?;
        // A name that is not UTF-8 is not that of a log's file, so it becomes an empty name.
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
        names.collect()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(path))
    }

    fn remove_directory(&self, path: &str) -> io::Result<()> {
        fs::remove_dir(self.path.join(path))
    }

    #[cfg(unix)]
    fn sync_directory(&self, path: &str) -> io::Result<()> {
        File::open(self.path.join(path))?.sync_all()
    }

    /// Does nothing, since other systems cannot open a directory, and renaming is durable there when it returns.
    #[cfg(not(unix))]
    fn sync_directory(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    #[cfg(unix)]
    fn free(&self) -> io::Result<u64> {
        let space = rustix::fs::statvfs(&self.path)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    #[cfg(not(unix))]
    fn free(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

struct OpenFile {
    file: File,
    path: PathBuf,
    /// The length that the file should have: the end of all that was written, or the length that was set.
    end: u64,
}

impl StoredFile for OpenFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(0))?;
        read_limited(&mut self.file)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(bytes)?;
        self.end = self.end.max(offset.saturating_add(bytes.len() as u64));
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)?;
        self.end = len;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn is_in_place(&mut self) -> io::Result<bool> {
        // The length shows whether the file was emptied in its place, as some log rotations do.
        Ok(self.file.metadata()?.len() >= self.end && is_same_file(&self.file, &self.path)?)
    }
}

/// Unlocks the file. Closing it is not enough: a child process that is just being started has the open file too, and so
/// has the lock.
impl Drop for OpenFile {
    fn drop(&mut self) {
        let _ = self.file.unlock(); // This fails for a file without a lock, which needs nothing.
    }
}

/// Opens a file only if it is a regular one. So an attacker who puts a pipe, a device or a link in its place cannot
/// make this process wait, read the device or write to another place.
fn open_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, FLAGS);
    let file = options.open(path).map_err(no_link)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file")),
    }
}

/// Turns the error for a link into `InvalidInput`, since the standard library has no kind for it.
fn no_link(error: io::Error) -> io::Error {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return io::Error::new(io::ErrorKind::InvalidInput, "a link");
    }
    error
}

/// Reads a whole file. Fails if it is longer than any file of a log.
fn read_limited(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_FILE_BYTES {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than any file of a log")),
        false => Ok(bytes),
    }
}

#[cfg(unix)]
const FLAGS: i32 =
    rustix::fs::OFlags::NONBLOCK.union(rustix::fs::OFlags::NOFOLLOW).bits().cast_signed();

/// Takes away what others may do with the file, if a copy of the directory gave it to them. That fails if the file is
/// somebody else's, who may open it in any case.
#[cfg(unix)]
fn make_private(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        let _ = file.set_permissions(fs::Permissions::from_mode(PRIVATE_MODE));
    }
}

/// Does nothing, since on other systems access lists decide.
#[cfg(not(unix))]
fn make_private(_: &File) {}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns `true`, since on other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// The permissions of a new file. Ids and reasons are not secret, but private: only the owner and, for a reader or a
/// backup, the group may read them.
#[cfg(unix)]
const FILE_MODE: u32 = 0o640;
#[cfg(unix)]
const PRIVATE_MODE: u32 = 0o600;
#[cfg(unix)]
const DIRECTORY_MODE: u32 = 0o750;
