//! `tokens.lock` at run time: is this the program, and are these the tokens, that were reviewed?

use std::{
    env, format, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    string::{String, ToString},
    sync::{Arc, PoisonError, RwLock},
    vec::Vec,
};

use token_policy::lock::{Lock, LockError, MAX_LOCK_BYTES};

use super::{CompiledEnvironment, CompiledPolicy, program::Program};
use crate::{
    Error,
    assurance::Attested,
    digest::ImageDigest,
    error::{Loading, LockDrift, Place, Problem},
};

/// The variable that asserts the digest of the image that the program runs in.
const IMAGE: &str = "TOKEN_IMAGE_DIGEST";

/// The deployed lock, in one environment. [`CompiledPolicy::check_lock`] makes it; give it to
/// [`Admission::locked_by`](crate::Admission::locked_by), so that only tokens of the lock are admitted.
///
/// Clones share what they know.
#[derive(Clone)]
pub struct Locked(Arc<Shared>);

struct Shared {
    path: PathBuf,
    program: Program,
    lock: RwLock<Lock>,
}

impl CompiledPolicy {
    /// Checks that the lock at `path`, as deployed, was made for this program, in this environment. Call it when the
    /// service starts.
    ///
    /// It compares each slot of the environment: that the lock has it, the digest of the kind and of its scopes, the
    /// source that this program was [built from](Self::built_from), and the image that it runs in. What the image is,
    /// the variable `TOKEN_IMAGE_DIGEST` says; so it is *asserted*, which stops mistakes and not thieves.
    ///
    /// The lock is read once. [`Locked::refresh`] reads it again.
    ///
    /// ```
    /// use token_core::{Admission, Error, policy::CompiledPolicy};
    ///
    /// fn start(policy: &CompiledPolicy) -> Result<Admission, Error> {
    ///     let locked = policy.check_lock("/etc/service/tokens.lock", "production")?; // `POLICY.check_lock(…)` in a service
    ///     Ok(Admission::new().locked_by(locked))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LockDrift`](crate::ErrorKind::LockDrift) names the first fact that differs, what the lock and the program say, and
    /// how well that is known. It comes also if the policy declares no such environment; if it says `release` there and
    /// the source of the program is unknown; and if it demands a higher assurance.
    /// [`InvalidLock`](crate::ErrorKind::InvalidLock) with the place of the mistake;
    /// [`NotFound`](crate::ErrorKind::NotFound) or [`Io`](crate::ErrorKind::Io) if the file cannot be read;
    /// [`MalformedIdentity`](crate::ErrorKind::MalformedIdentity) if the variable is no digest of an image.
    pub fn check_lock(&self, path: impl AsRef<Path>, environment: &str) -> Result<Locked, Error> {
        let path = path.as_ref();
        let found = self.environments.iter().find(|other| other.name == environment);
        let Some(environment) = found else {
            let declared: Vec<_> =
                self.environments.iter().map(|other| format!("`{}`", other.name)).collect();
            let found = format!("not one of the policy's: {}", declared.join(", "));
            let fact = ("environment", "not looked up", found.as_str());
            let next = "declare it under `[environments]`, or check the name";
            let drift = LockDrift::of(None, fact, next);
            return Err(place(path).problem(Problem::LockDrift(drift)).into());
        };
        let image = asserted_image()?;
        let program = Program { environment, built_from: self.built_from, image };
        let shared = Shared { path: path.to_owned(), program, lock: RwLock::default() };
        let locked = Locked(Arc::new(shared));
        locked.refresh()?;
        Ok(locked)
    }
}

impl Locked {
    /// The environment's name.
    #[must_use]
    pub fn environment(&self) -> &'static str {
        self.rules().name
    }

    /// Reads the lock again, since another one may be deployed by now. The tokens that are held stay as they are; those
    /// that are admitted from now on are compared with the new lock.
    ///
    /// # Errors
    ///
    /// Those of [`check_lock`](CompiledPolicy::check_lock). What was known before stays then.
    pub fn refresh(&self) -> Result<(), Error> {
        let path = &self.0.path;
        let text = read(path).map_err(|error| place(path).io(&error))?;
        let lock = Lock::parse(&text).map_err(|error| invalid(path, &error))?;
        self.0
            .program
            .compare(&lock)
            .map_err(|drift| place(path).problem(Problem::LockDrift(drift)))?;
        *self.0.lock.write().unwrap_or_else(PoisonError::into_inner) = lock;
        Ok(())
    }

    pub(super) fn rules(&self) -> &'static CompiledEnvironment {
        self.0.program.environment
    }

    /// Calls `look` with the lock of now.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Lock) -> T) -> T {
        look(&self.0.lock.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl core::fmt::Debug for Locked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Locked")
            .field("path", &self.0.path)
            .field("environment", &self.environment())
            .finish_non_exhaustive()
    }
}

/// What a variable says is asserted, whatever it says.
fn asserted_image() -> Result<Option<Attested<ImageDigest>>, Error> {
    match env::var(IMAGE) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(Attested::asserted(text.parse()?))),
        Err(env::VarError::NotPresent) => Ok(None),
        // It is no digest, whatever it is.
        Err(env::VarError::NotUnicode(_)) => Ok(Some(Attested::asserted("".parse()?))),
    }
}

fn place(path: &Path) -> Place {
    Place::File { path: path.into() }
}

fn invalid(path: &Path, error: &LockError) -> Loading {
    place(path).problem(Problem::InvalidLock { mistake: error.to_string() })
}

/// Reads one byte more than a lock may have, so that it is the parser that refuses a larger file.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = MAX_LOCK_BYTES as u64 + 1;
    fs::File::open(path)?.take(limit).read_to_string(&mut text)?;
    Ok(text)
}
