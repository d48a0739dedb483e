//! Knows where a registry is, and opens it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
#[cfg(feature = "postgres")]
use token_core::{Secret, source};
#[cfg(feature = "postgres")]
use token_issue::registry::{Postgres, PostgresOptions};
use token_issue::registry::{Registry, RegistryError, Rule, Sqlite};

use crate::failure::Failure;

/// Where the registry is: exactly one of the file and the two ways to a URL.
#[derive(Args)]
#[command(next_help_heading = "The registry")]
pub(in crate::commands) struct Place {
    /// The registry, a SQLite file of token-issue
    #[arg(long, visible_alias = "registry", value_name = "FILE")]
    file: Option<PathBuf>,
    /// A file with the URL of the registry's PostgreSQL database, which nobody but its owner may read
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "url_env"])]
    url_file: Option<PathBuf>,
    /// The environment variable with that URL; it is taken out of the environment, and wiped there
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    url_env: Option<String>,
    /// A file with the certificates (PEM) of those who may vouch for the server, instead of those that the system trusts
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "FILE")]
    authorities: Option<PathBuf>,
}

/// A registry that is not open yet.
pub(in crate::commands) enum Where {
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Database {
        url: Secret,
        authorities: Option<PathBuf>,
    },
}

impl Place {
    pub(in crate::commands) fn is_given(&self) -> bool {
        #[cfg(feature = "postgres")]
        if self.url_file.is_some() || self.url_env.is_some() || self.authorities.is_some() {
            return true;
        }
        self.file.is_some()
    }

    /// Returns where the registry is. A URL in a variable can be taken only while the program has one thread, so this comes before all
    /// that starts another one.
    pub(in crate::commands) fn take(&self) -> Result<Where, Failure> {
        #[cfg(feature = "postgres")]
        if let Some(url) = self.url()? {
            return Ok(Where::Database { url, authorities: self.authorities.clone() });
        }
        match &self.file {
            Some(file) => Ok(Where::File(file.clone())),
            None => Err(Failure::usage("nothing says where the registry is").help(WHERE)),
        }
    }

    /// Returns another database, whose server is vouched for by the same authorities.
    #[cfg(feature = "postgres")]
    pub(super) fn database(&self, url: Secret) -> Where {
        Where::Database { url, authorities: self.authorities.clone() }
    }

    #[cfg(feature = "postgres")]
    fn url(&self) -> Result<Option<Secret>, Failure> {
        let loaded = match (&self.url_file, &self.url_env) {
            (Some(file), _) => source::file(file),
            (None, Some(name)) => source::env(name),
            (None, None) => return Ok(None),
        };
        loaded.map(Some).map_err(|error| Failure::new(format!("{error:#}")))
    }
}

#[cfg(feature = "postgres")]
const WHERE: &str = "name a SQLite file with `--file`, or the URL of a PostgreSQL database with `--url-file` or `--url-env`; it is a secret, and never \
                     an argument";
#[cfg(not(feature = "postgres"))]
const WHERE: &str = "name a SQLite file with `--file`; this program was built without PostgreSQL";

impl Where {
    /// Returns the registry's name, as messages have it.
    pub(super) fn name(&self) -> String {
        match self {
            Where::File(path) => path.to_string_lossy().into_owned(),
            #[cfg(feature = "postgres")]
            Where::Database { .. } => NAME.to_owned(),
        }
    }

    /// Returns the path, if it is a file.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match self {
            Where::File(path) => Some(path.clone()),
            #[cfg(feature = "postgres")]
            Where::Database { .. } => None,
        }
    }

    /// Opens the registry, which must be there, to change something in it.
    pub(in crate::commands) fn open(self) -> Result<Arc<dyn Registry>, Failure> {
        match &self {
            Where::File(path) => check(path)?,
            // The tables are for `init` to make, too.
            #[cfg(feature = "postgres")]
            Where::Database { url, authorities } => {
                let url = url.with_bytes("connects once more", |url| Secret::from(url.to_vec()));
                let once = Where::Database { url, authorities: authorities.clone() };
                drop(once.read()?);
            }
        }
        self.make()
    }

    /// Opens the registry, which must be there, and makes nothing.
    pub(super) fn read(self) -> Result<Arc<dyn Registry>, Failure> {
        match self {
            Where::File(path) => {
                check(&path)?;
                Where::File(path).make()
            }
            #[cfg(feature = "postgres")]
            Where::Database { url, authorities } => {
                let options = database(url, authorities).only_to_read();
                let opened = options.open().map_err(|error| absent(NAME, &error))?;
                Ok(Arc::new(opened))
            }
        }
    }

    /// Opens the registry. What is not there is made, and what is old is brought up to date.
    pub(super) fn make(self) -> Result<Arc<dyn Registry>, Failure> {
        let name = self.name();
        let failed = |error| failed(&name, &error);
        Ok(match self {
            Where::File(path) => Arc::new(Sqlite::open(path).map_err(failed)?),
            #[cfg(feature = "postgres")]
            Where::Database { url, authorities } => {
                Arc::new(database(url, authorities).open().map_err(failed)?)
            }
        })
    }
}

#[cfg(feature = "postgres")]
fn database(url: Secret, authorities: Option<PathBuf>) -> PostgresOptions {
    let options = Postgres::options(url);
    match authorities {
        Some(file) => options.authorities(file),
        None => options,
    }
}

#[cfg(feature = "postgres")]
const NAME: &str = "the registry";

/// What makes a registry.
const INIT: &str = "`tokenctl registry init` makes a registry, and brings one of an older version up to date: all its services must have this version \
                    then";

/// Fails if the file is none, or of an older version: that is for `init` to change, since programs of that version would refuse it
/// afterwards.
fn check(path: &Path) -> Result<(), Failure> {
    let shown = path.to_string_lossy();
    path.symlink_metadata().map_err(|error| {
        Failure::at(&shown, &error)
            .help("check the path; `tokenctl registry init` makes a registry")
    })?;
    let nothing = Rule::all().born_before(0);
    Sqlite::rows(path, &nothing).map(drop).map_err(|error| absent(&shown, &error))
}

/// Makes the failure for what may be no registry yet.
fn absent(name: &str, error: &RegistryError) -> Failure {
    let failure = failed(name, error);
    match error {
        RegistryError::Unsuitable { .. } => failure.help(INIT),
        _ => failure,
    }
}

/// Makes the failure of a registry's error, which shows no URL and no row.
pub(super) fn failed(name: &str, error: &RegistryError) -> Failure {
    let failure = Failure::within(name, error);
    match error {
        RegistryError::Unavailable { .. } => {
            failure.help("nothing is known of what was asked; check the registry, and run it again")
        }
        _ => failure,
    }
}
