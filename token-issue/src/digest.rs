//! Names a token in a registry: by a digest that nobody can turn back, and that is not the public token id.

use std::{fmt, sync::LazyLock};

use sha2::{Digest as _, Sha256};
use token_core::wipe;

mod pepper;

pub use pepper::{Pepper, PepperId, Peppers};

/// The SHA-256 (FIPS 180-4) of a token under a domain of its own; with a pepper, the HMAC of that (RFC 2104).
///
/// A registry stores it in place of the token. A token has 178 random bits, so nobody finds it by hashing guesses. The
/// [id](token_core::TokenId) of a token is public, and is made under another domain: whoever has read a log can
/// neither compute nor look up a digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// The digests under which a presented token may stand in the registry: that of today's pepper, and that of the one
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    current: Digest,
    previous: Option<Digest>,
}

impl Digest {
    /// The digest that consists of `bytes`, for a registry that reads it back.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest of a token without a pepper.
    pub(crate) fn of(token: &[u8]) -> Self {
        // The instructions for SHA-256 keep the token in vector registers. Without them it stands on the stack, which a
        // second run on zeros overwrites.
        match has_sha_instructions() {
            true => {
                let digest = hashed([token]);
                wipe::registers();
                wipe::stack();
                digest
            }
            false => wipe::on_zeros([token], hashed),
        }
    }

    /// The first half, by which the memory of a verifier finds a token. It is as good as random, so it needs no hash
    /// function to be spread over a map.
    pub(crate) fn half(&self) -> [u8; 16] {
        let [half, _] = self.0.as_chunks::<16>().0 else { return [0; 16] };
        *half
    }
}

#[inline(never)]
fn hashed([token]: [&[u8]; 1]) -> Digest {
    let mut hash = START.clone();
    hash.update(token);
    // Not `finalize`, which moves the state with the token in it, and wipes only where it went. This one stays in its place,
    // and is wiped there when it is dropped.
    Digest(hash.finalize_reset().into())
}

impl Digests {
    /// The digest of today's pepper, and that of the one before. Only a [`Registry`](crate::Registry) of your own needs it, for
    /// its tests.
    #[must_use]
    pub const fn new(current: Digest, previous: Option<Digest>) -> Self {
        Self { current, previous }
    }

    /// Iterates over the one or two digests.
    pub fn iter(&self) -> impl Iterator<Item = Digest> {
        [Some(self.current), self.previous].into_iter().flatten()
    }

    /// The one of today's pepper.
    #[must_use]
    pub const fn current(&self) -> Digest {
        self.current
    }

    /// The one of the pepper before.
    #[must_use]
    pub const fn previous(&self) -> Option<Digest> {
        self.previous
    }
}

impl fmt::Debug for Digest {
    /// The first four bytes: enough to tell two apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Digest({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// The domain fills one block of the hash, so the state after it is computed once, and a token needs one block more.
static START: LazyLock<Sha256> = LazyLock::new(|| {
    let mut block = [0; 64];
    block.iter_mut().zip(DOMAIN).for_each(|(to, from)| *to = *from);
    Sha256::new_with_prefix(block)
});

/// The ASCII text that comes before the token, filled up with zeros to the 64 bytes of a block.
const DOMAIN: &[u8] = b"token-issue/registry/v1";

fn has_sha_instructions() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let has = is_x86_feature_detected!("sha");
    #[cfg(target_arch = "aarch64")]
    let has = std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let has = false;
    has
}
