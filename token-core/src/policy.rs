//! The compiled policy at run time, and its comparison with the deployed one; and the deployed lock.

mod environment;
#[cfg(feature = "policy-file")]
mod leaked;
#[cfg(feature = "policy-file")]
mod lock;
#[cfg(feature = "policy-file")]
mod locked;
#[cfg(feature = "policy-file")]
mod program;

#[cfg(feature = "policy-file")]
use std::{
    format, fs,
    io::{self, Read},
    path::Path,
    string::String,
};

#[cfg(feature = "policy-file")]
use token_policy::{Policy, PolicyError};

#[cfg(feature = "policy-file")]
use crate::error::{Place, Problem};
use crate::{
    Error, PolicyDigest, SourceDigest,
    error::{Drift, Refusal},
    scope::CompiledKind,
};

pub use self::environment::{CompiledEnvironment, CompiledSlot};
#[cfg(feature = "policy-file")]
pub use self::lock::Locked;
#[cfg(feature = "policy-file")]
pub(crate) use self::locked::Facts;

/// The token policy that this program was compiled with: the `POLICY` that
/// [`policy!`](crate::policy!) makes.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompiledPolicy {
    /// The file's name as the program's source gives it.
    pub file: &'static str,
    /// The policy digest. It depends on the rules, not on how they are written.
    pub digest: PolicyDigest,
    /// The source that the program was built from: what `TOKEN_BUILD_SOURCE` said when it was compiled. `None` if the
    /// variable was not there, was empty or said `unknown`.
    ///
    /// Set it where releases are built, to what `tokenctl source-id` prints; that is the tree without any
    /// `tokens.lock`. Together with the digest of the policy it is the identity of the build, and `tokenctl show`
    /// reads both from the program's file.
    pub built_from: Option<SourceDigest>,
    /// The kinds that it declares.
    pub kinds: &'static [&'static CompiledKind],
    /// The environments that it declares.
    pub environments: &'static [CompiledEnvironment],
}

impl CompiledPolicy {
    /// Checks that a policy digest from elsewhere, such as from a lock file, is the one of this policy.
    ///
    /// # Errors
    ///
    /// [`PolicyDrift`](crate::ErrorKind::PolicyDrift) if the digests differ.
    pub fn check(&self, found: PolicyDigest) -> Result<(), Error> {
        self.drift(found).map_err(|drift| Refusal::PolicyDrift(drift).into())
    }

    fn drift(&self, found: PolicyDigest) -> Result<(), Drift> {
        match self.digest == found {
            true => Ok(()),
            false => Err(Drift { compiled: self.digest.0, found: found.0 }),
        }
    }
}

#[cfg(feature = "policy-file")]
impl CompiledPolicy {
    /// Checks that the policy file at `path`, as deployed, means the same as
    /// the one this program was compiled with. Call it when the service starts.
    ///
    /// ```
    /// use token_core::{Error, policy::CompiledPolicy};
    ///
    /// fn start(policy: &CompiledPolicy) -> Result<(), Error> {
    ///     policy.check_file("/etc/service/tokens.toml") // `POLICY.check_file(…)` in a service
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`PolicyDrift`](crate::ErrorKind::PolicyDrift) if any rule differs,
    /// [`InvalidPolicy`](crate::ErrorKind::InvalidPolicy) with every mistake's line and column,
    /// [`NotFound`](crate::ErrorKind::NotFound) or [`Io`](crate::ErrorKind::Io) if it cannot be read.
    pub fn check_file(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let place = || Place::File { path: path.into() };
        let text = read(path).map_err(|error| place().io(&error))?;
        let policy = parse(&text, place)?;
        self.drift(PolicyDigest(policy.digest()))
            .map_err(|drift| place().problem(Problem::PolicyDrift(Box::new(drift))).into())
    }
}

#[cfg(feature = "policy-file")]
fn parse(text: &str, place: impl FnOnce() -> Place) -> Result<Policy, Error> {
    Policy::parse(text).map_err(|errors| {
        // Only the kind and the position of each mistake: its message quotes the file, and at
        // run time the path may lead to a file that is no policy.
        let mistake = |error: &PolicyError| format!("{}: {:?}", error.position(), error.kind());
        let mistakes = errors.iter().map(mistake).collect();
        place().problem(Problem::InvalidPolicy { mistakes }).into()
    })
}

/// Reads one byte more than a policy may have, so that it is the parser that refuses a larger file.
#[cfg(feature = "policy-file")]
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = token_policy::MAX_POLICY_BYTES as u64 + 1;
    fs::File::open(path)?.take(limit).read_to_string(&mut text)?;
    Ok(text)
}
