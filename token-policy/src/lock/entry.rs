//! The facts of one line.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use ::time::UtcDateTime;

use super::ScopesDigest;
use crate::{AssuranceLevel, ImageDigest, KindRule, PolicyDigest, SourceDigest};

/// One line of a lock: a token and what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The token; `None` for an ephemeral kind, whose tokens have no lines.
    pub token: Option<LockedToken>,
    /// The scopes that the kind's tokens carry.
    pub scopes: ScopesDigest,
    /// The kind's own digest.
    pub policy: PolicyDigest,
    /// The source of the program that may use the token; `None` if any may.
    pub source: Option<SourceDigest>,
    /// The image that the program runs in; `None` if it may be any.
    pub image: Option<LockedImage>,
}

impl Entry {
    /// Makes the line that binds a kind's tokens to what the policy says about them, and to no source or image.
    pub fn new(kind: &KindRule) -> Entry {
        Entry {
            token: None,
            scopes: ScopesDigest::of(kind.closure()),
            policy: kind.digest(),
            source: None,
            image: None,
        }
    }
}

/// The facts about one token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockedToken {
    /// The token's public id, as `token_core::TokenId` makes it.
    pub id: [u8; 16],
    /// Which token of its slot it is: 1 for the first, then one more at each rotation.
    pub generation: u64,
    /// When it expires; `None` for never.
    pub expires: Option<UtcDateTime>,
    /// When it is to be ended, if another one has taken its place.
    pub retire_after: Option<UtcDateTime>,
    /// The index of its creation in the audit log.
    pub log: Option<u64>,
    /// The issuer's public name for it.
    pub handle: Option<Handle>,
}

impl LockedToken {
    /// Makes the facts of a token that is on no record, and has no handle. A lock has whole seconds: a part of one is
    /// left out.
    pub fn new(id: [u8; 16], generation: u64, expires: Option<UtcDateTime>) -> LockedToken {
        let expires = expires.map(super::time::in_seconds);
        LockedToken { id, generation, expires, retire_after: None, log: None, handle: None }
    }

    /// Returns the first 12 digits of the id, for messages.
    pub(super) fn short_id(&self) -> String {
        let [first @ .., _, _, _, _, _, _, _, _, _, _] = self.id;
        first.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An image, and how well it was known that the program runs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockedImage {
    /// The image's digest.
    pub digest: ImageDigest,
    /// How well it was known.
    pub assurance: AssuranceLevel,
}

/// The issuer's public name for a token, such as the id of a key or a lease: 1 to 128 visible ASCII characters, without
/// `"` and `\`.
///
/// It is committed. Never make one of a token, or of anything else that opens something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

impl Handle {
    /// Returns the handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(text: &str) -> Result<Handle, InvalidHandle> {
        let is_valid = (1..=MAX_HANDLE_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
        if is_valid { Ok(Handle(text.to_owned())) } else { Err(InvalidHandle(())) }
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The error for a text that is not a [`Handle`]. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHandle(());

impl fmt::Display for InvalidHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an issuer's handle is 1 to {MAX_HANDLE_BYTES} visible ASCII characters, without `\"` and `\\`"
        )
    }
}

impl core::error::Error for InvalidHandle {}

const MAX_HANDLE_BYTES: usize = 128;
