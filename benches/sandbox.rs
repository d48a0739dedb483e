//! Crates that a benchmark writes and compiles, in a workspace of their own
//! below the target directory.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// A workspace of generated crates, with this repository's locked dependencies.
pub struct Sandbox {
    root: PathBuf,
}

impl Sandbox {
    /// An empty workspace in `folder`.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let root = folder.into();
        fs::create_dir_all(&root)?;
        fs::write(
            root.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
        )?;
        // The same versions as in this repository, so that nothing must be fetched.
        fs::copy(repository().join("Cargo.lock"), root.join("Cargo.lock"))?;
        Ok(Self { root })
    }

    /// Adds a crate with these dependencies, as lines of a manifest. `source` is its library's root.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn add(&self, name: &str, dependencies: &str, source: &Path) -> io::Result<()> {
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [lib]\npath = {source:?}\n\
             [dependencies]\n{dependencies}\n"
        );
        fs::create_dir_all(self.folder(name))?;
        fs::write(self.folder(name).join("Cargo.toml"), manifest)
    }

    /// The folder of a crate.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        self.root.join("crates").join(name)
    }

    /// Removes all that was built, so that the next build is one from the start.
    ///
    /// # Errors
    ///
    /// If the folder cannot be removed.
    pub fn clean(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.root.join("target")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Runs cargo in the workspace, without the network. The arguments `beyond` are
    /// passed on to the command that cargo runs.
    ///
    /// # Errors
    ///
    /// If cargo fails; its standard error says why.
    pub fn cargo(&self, arguments: &[&str], beyond: &[&str]) -> io::Result<()> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(arguments)
            .args(["--offline", "--quiet", "--target-dir"])
            .arg(self.root.join("target"))
            .args(Some("--").filter(|_| !beyond.is_empty()))
            .args(beyond)
            .current_dir(&self.root)
            // Compiles everything from the start, as in CI.
            .env("CARGO_INCREMENTAL", "0")
            .status()?;
        match status.success() {
            true => Ok(()),
            false => Err(io::Error::other(format!("`cargo {}` failed", arguments.join(" ")))),
        }
    }
}

/// The dependency on token-core with these features and no others, as a line of a manifest.
#[must_use]
pub fn token_core(features: &[&str]) -> String {
    let path = repository().join("token-core");
    format!("token-core = {{ path = {path:?}, default-features = false, features = {features:?} }}")
}

/// The repository's root.
#[must_use]
pub fn repository() -> &'static Path {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    benches.parent().unwrap_or(benches)
}
