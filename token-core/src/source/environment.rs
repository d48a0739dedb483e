//! A token in an environment variable.

use super::text;
use crate::{
    Error, Secret,
    error::{Place, Problem},
    secret::environment::{self, Untouched},
};

/// Moves a token out of the environment: the variable is removed, and its bytes
/// in the process's environment block are wiped, so that neither a child
/// process nor `/proc/PID/environ` shows it.
///
/// Call it first in `main`, and not in a `main` with `#[tokio::main]`, which runs when other
/// threads exist already. All threads share the environment without a lock, so this function
/// refuses while there is more than one thread. It exists on Linux only: on other systems nothing
/// shows whether another thread runs.
///
/// # Errors
///
/// [`OtherThreads`](crate::ErrorKind::OtherThreads), [`NotFound`](crate::ErrorKind::NotFound),
/// [`Malformed`](crate::ErrorKind::Malformed), also for a value in quotes, as `docker run --env-file` passes it on; in the last
/// case the variable is wiped, too.
pub fn env(name: &str) -> Result<Secret, Error> {
    let place = Place::Env { name: name.into() };
    match environment::take(name) {
        Ok(secret) if is_quoted(secret.bytes()) => Err(place.problem(Problem::Quoted).into()),
        Ok(secret) => text::token(secret, place),
        Err(Untouched::Absent) => Err(place.problem(Problem::NotFound).into()),
        Err(Untouched::OtherThreads { count }) => {
            Err(place.problem(Problem::OtherThreads { count }).into())
        }
    }
}

/// Whether quotes that a shell would have removed stand around the value.
fn is_quoted(value: &[u8]) -> bool {
    matches!(value, [first @ (b'"' | b'\''), .., last] if first == last)
}
