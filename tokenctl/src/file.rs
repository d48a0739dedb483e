//! Reads and writes files.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use tempfile::NamedTempFile;
use token_scan::Root;

use crate::failure::Failure;

/// The most bytes that are read. No policy, file of rules, key or proof is larger; a device may be endless.
pub(crate) const MOST: u64 = 64 << 20;

/// The most bytes of a program. With all that a debugger reads, one may have several hundred megabytes.
const MOST_OF_A_PROGRAM: u64 = 1 << 30;

/// Reads a file. Fails if it is longer than the limit.
pub(crate) fn bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    at_most(MOST, path, shown)
}

/// Reads the file of a program. Fails if it is longer than the limit.
pub(crate) fn program(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    at_most(MOST_OF_A_PROGRAM, path, shown)
}

fn at_most(most: u64, path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    let open = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = open.map_err(|error| Failure::at(shown, &error))?;
    // A file that says that it is too long is not read at all. One that says less may be a device.
    if length > most {
        return Err(larger(shown, most));
    }
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    match read.map(|length| u64::try_from(length).is_ok_and(|length| length <= most)) {
        Ok(true) => Ok(bytes),
        Ok(false) => Err(larger(shown, most)),
        Err(error) => Err(Failure::at(shown, &error)),
    }
}

pub(crate) fn too_large(shown: &str) -> Failure {
    larger(shown, MOST)
}

fn larger(shown: &str, most: u64) -> Failure {
    Failure::new(format!("{shown}: larger than {} MiB", most >> 20))
}

/// Reads a file of text. Fails if it is not UTF-8.
pub(crate) fn text(path: &Path, shown: &str) -> Result<String, Failure> {
    utf8(bytes(path, shown)?, shown)
}

/// Reads a file of text below a folder. What is below the folder may be somebody else's, so no link is followed, and
/// nothing is opened but a regular file.
pub(crate) fn text_below(root: &Path, below: &Path, shown: &str) -> Result<String, Failure> {
    let read = Root::new(root).and_then(|root| root.read(below, MOST));
    let bytes = read.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(shown),
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Failure::at(shown, &error),
        _ if is_no_file(&root.join(below)) => Failure::new(format!(
            "{shown}: this is a link, a pipe or a device, or below a link, and was not opened"
        ))
        .help("a repository may make it lead anywhere: put the file itself there"),
        _ => Failure::at(shown, &error),
    })?;
    utf8(bytes, shown)
}

fn is_no_file(path: &Path) -> bool {
    let link = |path: &Path| path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    path.ancestors().any(link) || path.symlink_metadata().is_ok_and(|found| !found.is_file())
}

fn utf8(bytes: Vec<u8>, shown: &str) -> Result<String, Failure> {
    let text = String::from_utf8(bytes);
    text.map_err(|_| Failure::new(format!("{shown}: this is not UTF-8 text")))
}

/// Returns a path without `.` and `..`, as if none of its folders were a link.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Normal(_) | Component::Prefix(_) | Component::RootDir => plain.push(part),
        }
    }
    plain
}

/// Writes a new file, and the folders that it needs below `root`. Fails if anything is there already, also a link.
pub(crate) fn create(root: &Path, path: &Path, text: &str, is_program: bool) -> io::Result<()> {
    let new = written(root, path, text)?;
    set_mode(&new, is_program)?;
    new.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// Replaces a file so that the old one stays whole until the new one is written and on disk. If a link is there, the link is
/// replaced, and not what it leads to.
pub(crate) fn replace(root: &Path, path: &Path, text: &str) -> io::Result<()> {
    let new = written(root, path, text)?;
    match path.symlink_metadata() {
        Ok(old) if old.is_file() => new.as_file().set_permissions(old.permissions())?,
        _ => set_mode(&new, false)?,
    }
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// Has the folder of a file on disk, and so the file's name.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Does nothing: other systems open no folder.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a file of a random name, which nobody can have made before, beside the one that it will be.
fn written(root: &Path, path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if let Ok(below) = folder.strip_prefix(root) {
        make_folders(root, below)?;
    }
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    Ok(new)
}

/// Makes the folders below `root` that are missing. Fails if one of them is a link, which could lead out of `root`.
fn make_folders(root: &Path, below: &Path) -> io::Result<()> {
    let mut folder = root.to_owned();
    for part in below.components() {
        folder.push(part);
        match folder.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::create_dir(&folder)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(new: &NamedTempFile, is_program: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if is_program { 0o755 } else { 0o644 };
    new.as_file().set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Does nothing, since on other systems git runs a hook whatever its permissions are.
#[cfg(not(unix))]
fn set_mode(_: &NamedTempFile, _: bool) -> io::Result<()> {
    Ok(())
}
