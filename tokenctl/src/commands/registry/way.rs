//! The one way out of a token: into a new file that nobody but its owner may read, or to another program.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use token_core::Secret;

use crate::failure::Failure;
use crate::file;

/// Where a token will go. It is opened before there is a token.
pub(super) enum Way {
    New(New),
    /// A pipe or a file, which the shell has opened.
    Out(File),
}

/// A new file. It is gone again if no token comes into it.
pub(super) struct New {
    file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Way {
    pub(super) fn open(to: Option<&Path>) -> Result<Way, Failure> {
        let Some(path) = to else {
            if io::stdout().is_terminal() {
                return Err(Failure::usage(
                    "a token is not shown on a terminal, which remembers what it has shown",
                )
                .help("name a new file with `--to`, or let another program read it from a pipe"));
            }
            let out = stdout().map_err(|error| Failure::at("standard output", &error))?;
            return Ok(Way::Out(out));
        };
        let file = new(path).map_err(|error| Failure::at(&path.to_string_lossy(), &error))?;
        Ok(Way::New(New { file, path: path.to_owned(), is_kept: false }))
    }

    /// Hands the token over, with a line feed after it. When this returns, a new file is on disk.
    pub(super) fn write(&mut self, token: &Secret) -> io::Result<()> {
        let file = match self {
            Way::New(new) => &mut new.file,
            Way::Out(file) => file,
        };
        token.with_bytes("is handed over", |bytes| file.write_all(bytes))?;
        file.write_all(b"\n")?;
        if let Way::New(new) = self {
            new.file.sync_all()?;
            file::sync_folder(&new.path)?;
            new.is_kept = true;
        }
        Ok(())
    }

    /// Its name, as messages have it.
    pub(super) fn name(&self) -> String {
        match self {
            Way::New(new) => new.path.to_string_lossy().into_owned(),
            Way::Out(_) => "standard output".to_owned(),
        }
    }
}

impl Drop for New {
    fn drop(&mut self) {
        if !self.is_kept {
            // Whatever is in it is no token that is alive.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a file. Fails if anything is there, also a link.
fn new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Returns standard output without the standard library's buffer, in which a copy of the token would stay.
#[cfg(unix)]
fn stdout() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    io::stdout().as_handle().try_clone_to_owned().map(File::from)
}
