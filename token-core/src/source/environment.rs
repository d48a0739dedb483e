//! A token in an environment variable.

use crate::{
    Error, Secret,
    error::{Place, Problem},
};
#[cfg(target_os = "linux")]
use crate::{
    secret::environment::{self, Untouched},
    source::text,
    wipe,
};

/// Moves a token out of the environment: the variable is removed, and its bytes
/// in the process's environment block are wiped, so that neither a child
/// process nor `/proc/PID/environ` shows it.
///
/// All threads share the environment without a lock, so this function refuses while there is more than one thread.
/// Call it first in `main`. **`#[tokio::main]` starts threads before the first line of `main`.** There are two ways out:
///
/// ```no_run
/// # struct Runtime;
/// # impl Runtime {
/// #     fn new() -> Result<Self, std::io::Error> { Ok(Self) }
/// #     fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
/// #         let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #         let mut work = std::pin::pin!(work);
/// #         loop { if let std::task::Poll::Ready(done) = work.as_mut().poll(&mut context) { return done; } }
/// #     }
/// # }
/// # async fn serve(_: token_core::Secret) -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
/// // 1. A plain `main` loads the token, and starts the runtime after it.
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let secret = token_core::source::env("GITHUB_TOKEN")?;
///     Runtime::new()?.block_on(serve(secret)) // tokio::runtime::Runtime
/// }
/// ```
///
/// 2. Another source, which may be read at any time: [`file`](super::file()), [`credential`](super::credential()).
///
/// It works on Linux only. No other system shows whether another thread runs.
///
/// # Errors
///
/// [`NotFound`](crate::ErrorKind::NotFound), [`OtherThreads`](crate::ErrorKind::OtherThreads),
/// [`Malformed`](crate::ErrorKind::Malformed), also for a value in quotes, as `docker run --env-file` passes it on; in the last
/// case the variable is wiped, too. [`Unsupported`](crate::ErrorKind::Unsupported) on other systems than Linux: the variable is
/// left as it is.
#[cfg_attr(not(target_os = "linux"), allow(clippy::unnecessary_wraps, reason = "as on Linux"))]
pub fn env(name: &str) -> Result<Secret, Error> {
    let place = Place::Env { name: name.into() };
    #[cfg(not(target_os = "linux"))]
    return Err(place.problem(Problem::Unsupported).into());
    #[cfg(target_os = "linux")]
    match environment::take(name) {
        Ok(secret) if is_quoted(secret.bytes()) => Err(place.problem(Problem::Quoted).into()),
        Ok(secret) => text::token(secret, place),
        Err(Untouched::OtherThreads { count }) if is_set(name) => {
            Err(place.problem(Problem::OtherThreads { count }).into())
        }
        Err(Untouched::Absent | Untouched::OtherThreads { .. }) => {
            Err(place.problem(Problem::NotFound).into())
        }
    }
}

/// Whether there is such a variable. The standard library copies its value to say so; the copy is wiped.
#[cfg(target_os = "linux")]
fn is_set(name: &str) -> bool {
    let value = std::env::var_os(name).map(|value| Secret::from(value.into_encoded_bytes()));
    wipe::registers();
    value.is_some()
}

/// Whether quotes that a shell would have removed stand around the value.
#[cfg(target_os = "linux")]
fn is_quoted(value: &[u8]) -> bool {
    matches!(value, [first @ (b'"' | b'\''), .., last] if first == last)
}
