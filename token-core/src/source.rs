//! Loading the bytes of a token. Each function wipes the buffers that it read into.
//!
//! | from | use |
//! |---|---|
//! | where the policy says | [`load`] |
//! | another file than the policy says, on a laptop or in staging | [`load_from`] |
//! | a file, a systemd credential | [`file`](file()), [`file_readable_by`], [`credential`] |
//! | an environment variable | [`env`](env()) |
//! | a helper command | [`command`] |
//! | standard input, any reader | [`stdin`], [`reader`] |
//! | a field of a TOML or JSON config | `ConfigFile` (features `toml`, `json`) |
//! | an OAuth 2.0 token response | `TokenResponse` (feature `json`; with `http`, `take` wipes the body of an HTTP client) |
//! | several parts in one document, such as AWS's id, key and session token | `ConfigFile`, and one kind for each secret (`examples/key_pair.rs`) |
//!
//! One trailing line ending is not part of a token and is left out. The rest must be visible ASCII;
//! otherwise it is refused, and the error gives the position.

#[cfg(unix)]
mod command;
#[cfg(any(feature = "json", feature = "toml"))]
mod config;
mod credential;
#[cfg(any(feature = "json", feature = "toml"))]
mod document;
mod environment;
#[cfg(any(feature = "json", feature = "toml"))]
mod escape;
mod file;
#[cfg(feature = "json")]
mod json;
#[cfg(any(feature = "json", feature = "toml"))]
mod path;
mod read;
#[cfg(feature = "json")]
mod response;
mod text;
#[cfg(feature = "toml")]
mod toml;

#[cfg(unix)]
pub use command::{HEARD, command, command_unless, said};
#[cfg(any(feature = "json", feature = "toml"))]
pub use config::ConfigFile;
pub use credential::credential;
pub use environment::env;
pub use file::{file, file_readable_by};
pub use read::reader;
#[cfg(unix)]
pub use read::stdin;
#[cfg(feature = "json")]
pub use response::TokenResponse;

use std::{path::Path, sync::atomic::AtomicBool};

use crate::{
    Error, Secret,
    error::{Place, Problem},
    scope::{CompiledSource, ReadableBy, TokenKind},
};

/// Loads a token from where the policy says tokens of kind `K` come from.
///
/// In the policy of `policy!` it is `source = { file = "..." }`, or one with `env`, `credential` or
/// `command`. A kind of `#[derive(TokenKind)]` has no source.
///
/// ```
/// use token_core::{Error, Secret, TokenKind, source};
///
/// fn load_any<K: TokenKind>() -> Result<Secret, Error> {
///     source::load::<K>()
/// }
/// ```
///
/// # Errors
///
/// [`NoSource`](crate::ErrorKind::NoSource) if the policy names no source, else those of
/// [`env`](env()), [`file_readable_by`], [`credential`] or [`command`].
/// [`Unsupported`](crate::ErrorKind::Unsupported) for a source that this system does not have.
pub fn load<K: TokenKind>() -> Result<Secret, Error> {
    load_unless::<K>(&AtomicBool::new(false))
}

/// Loads a token like [`load`], but waits for a helper command no longer than until `cancelled` is set: for a service that fetches
/// in the background, and is about to end.
///
/// # Errors
///
/// As [`load`]; [`Timeout`](crate::ErrorKind::Timeout) if it was cancelled.
pub fn load_unless<K: TokenKind>(cancelled: &AtomicBool) -> Result<Secret, Error> {
    #[cfg(not(unix))]
    let _ = cancelled;
    match K::COMPILED.source {
        #[cfg(unix)]
        Some(CompiledSource::Command { argv, timeout }) => command_unless(argv, timeout, cancelled),
        #[cfg(not(unix))]
        Some(CompiledSource::Command { argv, .. }) => {
            let program = argv.first().copied().unwrap_or_default().into();
            Err(Place::Command { program }.problem(Problem::Unsupported).into())
        }
        Some(CompiledSource::Credential { name }) => credential(name),
        Some(CompiledSource::Env { name }) => env(name),
        Some(CompiledSource::File { path, readable_by }) => file_readable_by(path, readable_by),
        None => {
            let name = K::COMPILED.name;
            Err(Place::Kind { name }.problem(Problem::NoSource).into())
        }
    }
}

/// Loads a token of kind `K` from another file than the policy says: on a laptop, in staging, where its own source does not exist.
///
/// The policy, and the types that come of it, stay as they are. So does its rule who may read the file; if its
/// source is no file, nobody but the owner may. Take the path from the program's own arguments or
/// settings. An environment variable is set by whoever starts the program, and whoever sets it chooses the token.
///
/// ```
/// use std::path::PathBuf;
/// use token_core::{Error, Secret, TokenKind, source};
///
/// /// `path` is what `--token-file` says, if it was given.
/// fn load_any<K: TokenKind>(path: Option<PathBuf>) -> Result<Secret, Error> {
///     match path {
///         Some(path) => source::load_from::<K>(path),
///         None => source::load::<K>(),
///     }
/// }
/// ```
///
/// # Errors
///
/// Those of [`file_readable_by`].
pub fn load_from<K: TokenKind>(path: impl AsRef<Path>) -> Result<Secret, Error> {
    let readable_by = match K::COMPILED.source {
        Some(CompiledSource::File { readable_by, .. }) => readable_by,
        Some(
            CompiledSource::Command { .. }
            | CompiledSource::Credential { .. }
            | CompiledSource::Env { .. },
        )
        | None => ReadableBy::Owner,
    };
    file_readable_by(path, readable_by)
}
