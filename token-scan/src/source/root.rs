//! Opens files below a folder: never through a link, never anything but a regular file, and without waiting.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// A folder whose files are read. A path below it may come from anywhere, such as the index of a hostile repository:
/// what is opened lies below the folder, or nothing is opened.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let root = token_scan::Root::new(folder.path())?;
/// std::fs::write(folder.path().join("a.txt"), "text")?;
/// assert_eq!(root.read("a.txt".as_ref(), 100)?, b"text");
/// assert!(root.read("../a.txt".as_ref(), 100).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    #[cfg(unix)]
    folder: std::os::fd::OwnedFd,
}

/// What stands at a path.
pub(crate) enum Found {
    File(File, Metadata),
    /// A link, with the path in it as its text.
    Link(Vec<u8>),
    /// A folder, a pipe, a device or a socket.
    Other,
}

impl Root {
    /// Opens a folder. The path of the folder itself may have links in it.
    ///
    /// # Errors
    ///
    /// Fails if there is no such folder, or if it cannot be opened.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Root> {
        let path = path.into();
        #[cfg(unix)]
        return Ok(Root { folder: unix::folder(&path)?, path });
        #[cfg(not(unix))]
        match std::fs::metadata(&path)?.is_dir() {
            true => Ok(Root { path }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the regular file at a path below the folder.
    ///
    /// # Errors
    ///
    /// Fails if there is none, if it cannot be opened, if a part of the path is a link, if what stands there is a
    /// folder, a pipe, a device or a socket, and if the path leads out of the folder.
    pub fn open(&self, below: &Path) -> io::Result<File> {
        self.file(below).map(|(file, _)| file)
    }

    /// Reads the regular file at a path below the folder, if it has no more than `most` bytes.
    ///
    /// # Errors
    ///
    /// Fails as [`open`](Root::open) does, if the file is larger ([`FileTooLarge`](io::ErrorKind::FileTooLarge)), and if
    /// reading fails.
    pub fn read(&self, below: &Path, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(below)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        match u64::try_from(bytes.len()) {
            Ok(length) if length <= most => Ok(bytes),
            _ => Err(io::ErrorKind::FileTooLarge.into()),
        }
    }

    pub(crate) fn file(&self, below: &Path) -> io::Result<(File, Metadata)> {
        let file = self.beneath(below)?;
        let found = file.metadata()?;
        if found.is_file() { Ok((file, found)) } else { Err(special()) }
    }

    /// Looks what stands at a path below the folder.
    pub(crate) fn look(&self, below: &Path) -> io::Result<Found> {
        if !is_plain(below) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        if let Some(text) = self.link(below)? {
            return Ok(Found::Link(text));
        }
        let file = self.beneath(below)?;
        let found = file.metadata()?;
        Ok(if found.is_file() { Found::File(file, found) } else { Found::Other })
    }

    #[cfg(unix)]
    fn beneath(&self, below: &Path) -> io::Result<File> {
        unix::beneath(&self.folder, below).map(File::from)
    }

    /// Returns the path in a link, or `None` if there is no link at the path.
    #[cfg(unix)]
    fn link(&self, below: &Path) -> io::Result<Option<Vec<u8>>> {
        unix::link(&self.folder, below)
    }

    #[cfg(not(unix))]
    fn beneath(&self, below: &Path) -> io::Result<File> {
        if !is_plain(below) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        let mut path = self.path.clone();
        let mut parts = below.components().peekable();
        while let Some(part) = parts.next() {
            path.push(part);
            let found = std::fs::symlink_metadata(&path)?;
            if found.is_symlink() || parts.peek().is_none() && !found.is_file() {
                return Err(special());
            }
        }
        File::open(path)
    }

    #[cfg(not(unix))]
    fn link(&self, below: &Path) -> io::Result<Option<Vec<u8>>> {
        let path = self.path.join(below);
        match std::fs::symlink_metadata(&path)?.is_symlink() {
            true => {
                Ok(Some(std::fs::read_link(&path)?.to_string_lossy().into_owned().into_bytes()))
            }
            false => Ok(None),
        }
    }
}

/// Opens a file that the caller named, also through links, if it is a regular one. It does not wait for a pipe.
pub(crate) fn named(path: &Path) -> io::Result<(File, Metadata)> {
    #[cfg(unix)]
    let file = unix::named(path)?;
    #[cfg(not(unix))]
    let file = File::open(path)?;
    let found = file.metadata()?;
    if found.is_file() { Ok((file, found)) } else { Err(special()) }
}

/// Returns whether an error says that there is no such file, or that a part of its path is a link.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    #[cfg(unix)]
    let is_loop = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    let is_loop = error.kind() == io::ErrorKind::Unsupported;
    is_loop || matches!(error.kind(), NotFound | NotADirectory)
}

/// Returns whether a path has no part but names, so that it cannot lead out of a folder.
fn is_plain(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn special() -> io::Error {
    io::ErrorKind::Unsupported.into()
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{Mode, OFlags, open, openat, readlinkat};
    use rustix::io::Errno;

    use super::is_plain;

    /// How a file is opened: a pipe is not waited for, and no terminal becomes ours.
    const READ: OFlags = OFlags::RDONLY
        .union(OFlags::CLOEXEC)
        .union(OFlags::NOFOLLOW)
        .union(OFlags::NONBLOCK)
        .union(OFlags::NOCTTY);
    const FOLDER: OFlags =
        OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::DIRECTORY);

    pub(super) fn named(path: &Path) -> io::Result<std::fs::File> {
        Ok(open(path, READ.difference(OFlags::NOFOLLOW), Mode::empty())?.into())
    }

    pub(super) fn folder(path: &Path) -> io::Result<OwnedFd> {
        Ok(open(path, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty())?)
    }

    pub(super) fn beneath(root: &OwnedFd, below: &Path) -> io::Result<OwnedFd> {
        if !is_plain(below) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        #[cfg(target_os = "linux")]
        match at_once(root, below) {
            // An old kernel does not know the call, and a container may forbid it.
            Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::AGAIN) => {}
            opened => return Ok(opened?),
        }
        Ok(step_by_step(root, below)?)
    }

    /// Has the kernel follow no link, in no part of the path.
    #[cfg(target_os = "linux")]
    fn at_once(root: &OwnedFd, below: &Path) -> rustix::io::Result<OwnedFd> {
        use rustix::fs::{ResolveFlags, openat2};
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        openat2(root, below, READ, Mode::empty(), resolve)
    }

    /// Opens one folder after the other, none of which may be a link.
    pub(super) fn step_by_step(root: &OwnedFd, below: &Path) -> rustix::io::Result<OwnedFd> {
        let name = below.file_name().ok_or(Errno::INVAL)?;
        match parent(root, below)? {
            Some(folder) => openat(folder, name, READ, Mode::empty()),
            None => openat(root, name, READ, Mode::empty()),
        }
    }

    /// Opens the folder that a path is in; `None` if that is the root.
    fn parent(root: &OwnedFd, below: &Path) -> rustix::io::Result<Option<OwnedFd>> {
        let mut folder = None;
        for part in below.parent().into_iter().flat_map(Path::components) {
            let next = match &folder {
                Some(folder) => openat(folder, part.as_os_str(), FOLDER, Mode::empty()),
                None => openat(root, part.as_os_str(), FOLDER, Mode::empty()),
            };
            folder = Some(next?);
        }
        Ok(folder)
    }

    pub(super) fn link(root: &OwnedFd, below: &Path) -> io::Result<Option<Vec<u8>>> {
        let name = below.file_name().ok_or(Errno::INVAL)?;
        let text = match parent(root, below)? {
            Some(folder) => readlinkat(folder, name, Vec::new()),
            None => readlinkat(root, name, Vec::new()),
        };
        match text {
            Ok(text) => Ok(Some(text.into_bytes())),
            // What is no link is told so.
            Err(Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    #[allow(clippy::unwrap_used, reason = "a test")]
    fn nothing_is_opened_but_regular_files_below() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, outside) = (folder.path().join("root"), folder.path().join("outside"));
        std::fs::create_dir_all(inner.join("a/b")).unwrap();
        std::fs::write(inner.join("a/b/c"), "inside").unwrap();
        std::fs::write(&outside, "outside").unwrap();
        symlink(&outside, inner.join("link")).unwrap();
        symlink("a", inner.join("folder")).unwrap();
        symlink("..", inner.join("up")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, inner.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
        let root = Root::new(&inner).unwrap();
        assert_eq!(root.read("a/b/c".as_ref(), 6).unwrap(), b"inside");
        assert_eq!(root.read("a/b/c".as_ref(), 5).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        for path in [
            "link",
            "folder/b/c",
            "up/outside",
            "../outside",
            "a/../../outside",
            "pipe",
            "a",
            "",
            ".",
        ] {
            assert!(root.read(path.as_ref(), 100).is_err(), "{path}");
        }
        assert!(root.read(&outside, 100).is_err());
        // Where the kernel does not help, the same.
        assert!(unix::step_by_step(&root.folder, "a/b/c".as_ref()).is_ok());
        for path in ["link", "folder/b/c", "up/outside"] {
            assert!(unix::step_by_step(&root.folder, path.as_ref()).is_err(), "{path}");
        }
        assert!(matches!(root.look("link".as_ref()), Ok(Found::Link(_))));
        assert!(matches!(root.look("pipe".as_ref()), Ok(Found::Other)));
        assert!(matches!(root.look("a/b/c".as_ref()), Ok(Found::File(..))));
        assert!(root.look("folder/b/c".as_ref()).is_err());
    }
}
