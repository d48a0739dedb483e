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
/// Call it first thing in `main`, and not in that of `#[tokio::main]`, which runs
/// when the threads are there. The environment belongs to all threads and
/// nothing guards it, so this is refused while there is more than one.
/// Linux only: elsewhere nothing shows that no other thread runs.
///
/// # Errors
///
/// [`OtherThreads`](crate::ErrorKind::OtherThreads), [`NotFound`](crate::ErrorKind::NotFound),
/// [`Malformed`](crate::ErrorKind::Malformed); in the last case the variable is wiped all the same.
pub fn env(name: &str) -> Result<Secret, Error> {
    let place = Place::Env { name: name.into() };
    match environment::take(name) {
        Ok(secret) => text::token(secret, place),
        Err(Untouched::Absent) => Err(place.problem(Problem::NotFound).into()),
        Err(Untouched::OtherThreads { count }) => {
            Err(place.problem(Problem::OtherThreads { count }).into())
        }
    }
}
