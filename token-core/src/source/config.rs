//! Tokens in a service's config file.
//!
//! The file is read into a buffer that is wiped. Tokens are taken out of it, and `*` is written in
//! their places. The rest goes to the library with which the service reads its settings: it never
//! sees a token, so it can neither keep a copy nor quote one in an error.

use core::ops::Range;
use std::path::Path;

#[cfg(feature = "json")]
use super::json;
#[cfg(feature = "toml")]
use super::toml;
use super::{
    document::{self, Fault},
    escape::{self, Syntax},
    file, path, text,
};
use crate::{
    Error, Secret,
    error::{InDocument, Loading, Place, Problem},
    scope::ReadableBy,
};

/// A config file with tokens in it.
///
/// ```
/// use token_core::source::ConfigFile;
///
/// let text = String::from("listen = '127.0.0.1:80'\n[github]\ntoken = 'ghp_exampleexample'\n");
/// let mut config = ConfigFile::from_toml(text)?;
/// let secret = config.take("github.token")?;
///
/// assert!(secret.constant_time_eq(b"ghp_exampleexample"));
/// assert!(config.rest().ends_with("token = '******************'\n"));
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ConfigFile {
    /// UTF-8, checked when it was read; edited only by writing ASCII over ASCII.
    text: Secret,
    syntax: Syntax,
    /// The file's path, for errors.
    name: String,
    /// The places of the tokens that were taken.
    taken: Vec<Range<usize>>,
}

impl ConfigFile {
    /// Reads a TOML file that nobody but its owner may read.
    ///
    /// # Errors
    ///
    /// Those of [`file`](super::file()), with a limit of 1 MiB, and
    /// [`Syntax`](crate::ErrorKind::Syntax) if the file is not UTF-8.
    #[cfg(feature = "toml")]
    pub fn open_toml(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_toml_readable_by(path, ReadableBy::Owner)
    }

    /// Reads a TOML file that also the group or everyone may read.
    ///
    /// # Errors
    ///
    /// Those of [`file_readable_by`](super::file_readable_by), with a limit of 1 MiB, and
    /// [`Syntax`](crate::ErrorKind::Syntax) if the file is not UTF-8.
    #[cfg(feature = "toml")]
    pub fn open_toml_readable_by(
        path: impl AsRef<Path>,
        readable_by: ReadableBy,
    ) -> Result<Self, Error> {
        Self::open(path.as_ref(), Syntax::Toml, readable_by)
    }

    /// Reads a JSON file that nobody but its owner may read.
    ///
    /// # Errors
    ///
    /// Those of [`file`](super::file()), with a limit of 1 MiB, and
    /// [`Syntax`](crate::ErrorKind::Syntax) if the file is not UTF-8.
    #[cfg(feature = "json")]
    pub fn open_json(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_json_readable_by(path, ReadableBy::Owner)
    }

    /// Reads a JSON file that also the group or everyone may read.
    ///
    /// # Errors
    ///
    /// Those of [`file_readable_by`](super::file_readable_by), with a limit of 1 MiB, and
    /// [`Syntax`](crate::ErrorKind::Syntax) if the file is not UTF-8.
    #[cfg(feature = "json")]
    pub fn open_json_readable_by(
        path: impl AsRef<Path>,
        readable_by: ReadableBy,
    ) -> Result<Self, Error> {
        Self::open(path.as_ref(), Syntax::Json, readable_by)
    }

    /// Takes the text of a TOML config over. The string is wiped.
    ///
    /// # Errors
    ///
    /// [`TooLong`](crate::ErrorKind::TooLong) above 1 MiB.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: String) -> Result<Self, Error> {
        Self::new(text.into(), Syntax::Toml, "config".into())
    }

    /// Takes the text of a JSON config over. The string is wiped.
    ///
    /// # Errors
    ///
    /// [`TooLong`](crate::ErrorKind::TooLong) above 1 MiB.
    #[cfg(feature = "json")]
    pub fn from_json(text: String) -> Result<Self, Error> {
        Self::new(text.into(), Syntax::Json, "config".into())
    }

    /// Takes the token out of a field, such as `github.token`. In the text the token's bytes are overwritten with `*`.
    ///
    /// Dots separate the names of tables and objects. A name that has a dot in it stands in double quotes, and the elements
    /// of an array count from 0: `auths."ghcr.io".auth`, `users[0].token`.
    ///
    /// # Errors
    ///
    /// With line and column: [`Syntax`](crate::ErrorKind::Syntax), [`MissingField`](crate::ErrorKind::MissingField),
    /// [`DuplicateField`](crate::ErrorKind::DuplicateField), [`WrongType`](crate::ErrorKind::WrongType),
    /// [`Malformed`](crate::ErrorKind::Malformed). `MissingField` also for a field that was taken before.
    pub fn take(&mut self, field: &str) -> Result<Secret, Error> {
        let missing = || self.fault(field, Fault::missing(0));
        let steps = path::steps(field).ok_or_else(missing)?;
        let found = match self.syntax {
            #[cfg(feature = "json")]
            Syntax::Json => json::find(self.rest(), &steps).map(|value| (value, true)),
            #[cfg(feature = "toml")]
            Syntax::Toml => toml::find(self.rest(), &steps),
        };
        let (value, has_escapes) = found.map_err(|fault| self.fault(field, fault))?;
        if self.taken.contains(&value) {
            // The stars that stand there now would pass for a token.
            let fault = Fault { offset: value.start, problem: InDocument::Taken };
            return Err(self.fault(field, fault).into());
        }
        let secret = self.token_at(field, value.clone(), has_escapes)?;
        let bytes = self.text.bytes_mut().get_mut(value.clone()).unwrap_or_default();
        bytes.fill(b'*');
        self.taken.push(value);
        Ok(secret)
    }

    /// The text with `*` in place of the tokens that were taken, and without a byte order mark: for `toml`,
    /// `serde_json`, or whatever reads the other settings.
    #[must_use]
    pub fn rest(&self) -> &str {
        core::str::from_utf8(self.text.bytes()).unwrap_or_default()
    }

    fn open(path: &Path, syntax: Syntax, readable_by: ReadableBy) -> Result<Self, Error> {
        let place = Place::File { path: path.into() };
        let text = file::read_file(path, readable_by, MAX_CONFIG_BYTES, &place)?;
        Self::new(text, syntax, path.display().to_string())
    }

    fn new(text: Secret, syntax: Syntax, name: String) -> Result<Self, Error> {
        // A byte order mark is no part of the text (RFC 8259 section 8.1; TOML 1.0, "Spec"), and no parser of JSON has to know it.
        let text = match text.bytes().strip_prefix(b"\xef\xbb\xbf") {
            Some(behind) => Secret::copy_of(behind),
            None => text,
        };
        let config = Self { text, syntax, name, taken: Vec::new() };
        if config.text.bytes().len() > MAX_CONFIG_BYTES {
            let place = document::place(config.name, &[], "", 0);
            return Err(place.problem(Problem::TooLong { limit: MAX_CONFIG_BYTES }).into());
        }
        match core::str::from_utf8(config.text.bytes()) {
            Ok(_) => Ok(config),
            Err(error) => Err(config.fault("", Fault::syntax(error.valid_up_to())).into()),
        }
    }

    /// Decodes the token that is written at the range `value`. `field` is for the error.
    fn token_at(
        &self,
        field: &str,
        value: Range<usize>,
        has_escapes: bool,
    ) -> Result<Secret, Error> {
        let offset = value.start;
        let written = self.rest().get(value).unwrap_or_default();
        let secret = match has_escapes {
            true => escape::decode(written, self.syntax)
                .map_err(|problem| self.fault(field, Fault { offset, problem }))?,
            false => Secret::copy_of(written.as_bytes()),
        };
        text::check(
            secret.bytes(),
            document::place(self.name.clone(), self.text.bytes(), field, offset),
        )?;
        Ok(secret)
    }

    fn fault(&self, field: &str, fault: Fault) -> Loading {
        fault.at(self.name.clone(), self.text.bytes(), field)
    }
}

const MAX_CONFIG_BYTES: usize = 1024 * 1024;
