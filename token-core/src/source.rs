//! Loading the bytes of a token. Each function wipes the buffers that it read into.
//!
//! | from | use |
//! |---|---|
//! | where the policy says | [`load`] |
//! | a file, a systemd credential | [`file`](file()), [`file_readable_by`], [`credential`] |
//! | an environment variable | [`env`](env()) |
//! | a helper command | [`command`] |
//! | standard input, any reader | [`stdin`], [`reader`] |
//! | a field of a TOML or JSON config | `ConfigFile` (features `toml`, `json`) |
//! | an OAuth 2.0 token response | `TokenResponse` (feature `json`) |
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
#[cfg(target_os = "linux")]
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
pub use command::command;
#[cfg(any(feature = "json", feature = "toml"))]
pub use config::ConfigFile;
pub use credential::credential;
#[cfg(target_os = "linux")]
pub use environment::env;
pub use file::{file, file_readable_by};
pub use read::reader;
#[cfg(unix)]
pub use read::stdin;
#[cfg(feature = "json")]
pub use response::TokenResponse;

use crate::{
    Error, Secret,
    error::{Place, Problem},
    scope::{CompiledSource, TokenKind},
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
/// [`Io`](crate::ErrorKind::Io) for a source that this platform does not have.
pub fn load<K: TokenKind>() -> Result<Secret, Error> {
    match K::COMPILED.source {
        #[cfg(unix)]
        Some(CompiledSource::Command { argv, timeout }) => command(argv, timeout),
        #[cfg(not(unix))]
        Some(CompiledSource::Command { argv, .. }) => {
            let program = argv.first().copied().unwrap_or_default().into();
            unsupported(Place::Command { program })
        }
        Some(CompiledSource::Credential { name }) => credential(name),
        #[cfg(target_os = "linux")]
        Some(CompiledSource::Env { name }) => env(name),
        #[cfg(not(target_os = "linux"))]
        Some(CompiledSource::Env { name }) => unsupported(Place::Env { name: name.into() }),
        Some(CompiledSource::File { path, readable_by }) => file_readable_by(path, readable_by),
        None => {
            let name = K::COMPILED.name;
            Err(Place::Kind { name }.problem(Problem::NoSource).into())
        }
    }
}

/// The error for a source that the policy names and this platform does not have.
#[cfg(not(target_os = "linux"))]
fn unsupported(place: Place) -> Result<Secret, Error> {
    Err(place.problem(Problem::Io(std::io::ErrorKind::Unsupported)).into())
}
