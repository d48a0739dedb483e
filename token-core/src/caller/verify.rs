//! What a verifier does, whoever issued the tokens.

use alloc::boxed::Box;
use core::{fmt, pin::Pin};

use super::{AnyCaller, Caller, Refused};
use crate::{SourceDigest, scope::Kinds};

/// The bytes of a request that should be a token, and the build that the request says it comes from. `Debug` shows no byte.
#[derive(Clone, Copy)]
pub struct Presented<'r> {
    bytes: &'r [u8],
    build: Option<SourceDigest>,
}

/// The name of the header in which a request says which build it comes from, as [`SourceDigest`] is written:
/// `Token-Build: git:…`.
pub const BUILD_HEADER: &str = "token-build";

/// A future that a verifier returns: boxed, so that [`Verify`] can be a trait object.
pub type Boxed<'v, T> = Pin<Box<dyn Future<Output = T> + Send + 'v>>;

/// Decides whether a presented token is genuine and valid, and who its caller is.
///
/// A token may be bound to a build. It is refused unless [`Presented::build`] is that one, as
/// [`WrongBuild`](Refused::WrongBuild) or [`NoBuild`](Refused::NoBuild).
///
/// It is in two parts, so that a token that is known costs neither an allocation nor an await point: [`hit`](Self::hit)
/// answers from memory, and [`miss`](Self::miss) asks the store. The function [`verify`] joins them.
pub trait Verify: Send + Sync {
    /// Answers from memory, without waiting.
    fn hit(&self, presented: Presented<'_>) -> Hit;

    /// Asks the store, after a [`Hit::Miss`]. Two requests with the same token may share one question; if the request
    /// that asks is cancelled, the others are answered all the same.
    fn miss<'v>(&'v self, presented: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>>;

    /// Tells whether the token of a caller is still valid, from memory: at the cost of a hit. For work that takes longer
    /// than a check is worth. [`Hit::Miss`] means that memory cannot tell; ask [`until_invalid`](Self::until_invalid) or
    /// have the token presented again.
    fn recheck(&self, caller: &AnyCaller) -> Hit;

    /// Waits until the token is no longer valid, and says why. It also ends, with
    /// [`Unavailable`](Refused::Unavailable), when the verifier can no longer tell. A stream is ended by it.
    fn until_invalid<'v>(&'v self, caller: &'v AnyCaller) -> Boxed<'v, Refused>;
}

/// What a verifier can say from memory.
#[derive(Clone, Debug)]
#[must_use]
pub enum Hit {
    /// The token is valid.
    Caller(AnyCaller),
    /// The token is not valid.
    Refused(Refused),
    /// Memory cannot tell.
    Miss,
}

/// Verifies a presented token of kind `K`, or of one of the kinds of a tuple: from memory, or else from the store.
///
/// # Errors
///
/// The verifier's [`Refused`], and [`WrongKind`](Refused::WrongKind).
pub async fn verify<K: Kinds>(
    verifier: &(impl Verify + ?Sized),
    presented: Presented<'_>,
) -> Result<Caller<K>, Refused> {
    let caller = match verifier.hit(presented) {
        Hit::Caller(caller) => caller,
        Hit::Refused(refused) => return Err(refused),
        Hit::Miss => verifier.miss(presented).await?,
    };
    caller.of_kind()
}

impl<'r> Presented<'r> {
    /// The bytes of a credential, as they stand in a request that says no build: then a token that is bound to a build is refused.
    #[must_use]
    #[inline]
    pub const fn new(bytes: &'r [u8]) -> Self {
        Self { bytes, build: None }
    }

    /// The request says that it comes from a program of this build.
    ///
    /// That is **asserted**: whoever has a token can say the build, too. It stops mistakes and stale deployments, not a thief.
    #[must_use]
    #[inline]
    pub const fn by_build(self, build: SourceDigest) -> Self {
        Self { build: Some(build), ..self }
    }

    /// The build that the request says it comes from, for a verifier to compare with the one that the token is bound to.
    #[must_use]
    #[inline]
    pub const fn build(&self) -> Option<&SourceDigest> {
        self.build.as_ref()
    }

    /// The bytes, for a verifier to hash. They are a caller's secret: never log them, and wipe every copy.
    #[must_use]
    pub const fn bytes(self) -> &'r [u8] {
        self.bytes
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented([redacted])")
    }
}
