//! Defines the file operations that a log uses as traits, so that a test can make each of them fail.

mod directory;

use std::io;

pub(super) use directory::Directory;

/// A directory. Paths are relative to it, and are separated by `/`.
///
/// Nothing is durable before it is synced: a file's content by [`StoredFile::sync`], its name by
/// [`sync_directory`](Self::sync_directory) of the directory that it stands in.
#[cfg_attr(
    not(feature = "__test"),
    allow(unreachable_pub, reason = "public for this crate's own tests")
)]
pub trait Storage: Send + Sync {
    /// Returns the whole content of a file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// Opens a file for reading and writing. If it is missing and `create` is true, makes it.
    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>>;
    /// Opens a file that nobody but its owner may open. If it is missing, makes it. Returns whether it was made.
    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)>;
    /// Makes a directory in an existing one. Returns `false` if it existed already.
    fn create_directory(&self, path: &str) -> io::Result<bool>;
    /// Returns the names in a directory.
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    /// Renames a file. A file at the new path is replaced.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_directory(&self, path: &str) -> io::Result<()>;
    /// Makes the names in a directory durable. The empty path is the storage itself.
    fn sync_directory(&self, path: &str) -> io::Result<()>;
    /// Returns how many bytes the log may still take.
    fn free(&self) -> io::Result<u64>;
}

/// An open file.
#[cfg_attr(
    not(feature = "__test"),
    allow(unreachable_pub, reason = "public for this crate's own tests")
)]
pub trait StoredFile: Send {
    /// Returns the whole content.
    fn read(&mut self) -> io::Result<Vec<u8>>;
    /// Writes all of `bytes` at `offset`.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file, or lengthens it with zeros.
    fn set_len(&mut self, len: u64) -> io::Result<()>;
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Takes the file's lock, which only one open file may have. Returns `false` if another one has it.
    fn try_lock(&mut self) -> io::Result<bool>;
    /// Returns whether the path still leads to this file. If not, the file was removed or replaced.
    fn is_in_place(&mut self) -> io::Result<bool>;
}

/// The length of the longest file that is read, which is the longest journal. A bundle of 256 entries of the greatest
/// length is a quarter as long.
pub(super) const MAX_FILE_BYTES: u64 = 64 << 20;
