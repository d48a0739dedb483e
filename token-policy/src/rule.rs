//! What a token kind may say about its tokens.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Lifetime;

/// How often a token may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Uses {
    /// Any number of times while it is valid.
    #[default]
    Many,
    /// Once; then it is gone.
    Once,
}

/// Who, at most, may have the permission to read a secret file.
///
/// Ordered: each admits more readers than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadableBy {
    /// Only its owner.
    #[default]
    Owner,
    /// Its owner and group.
    Group,
    /// Every account on the machine.
    Everyone,
}

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A helper command, which prints the token.
    Command {
        /// The program and its arguments; never empty. No shell is involved.
        argv: Vec<String>,
        /// How long the command may run.
        timeout: Lifetime,
    },
    /// A systemd credential, a file in `$CREDENTIALS_DIRECTORY`.
    Credential {
        /// Its name: one path component.
        name: String,
    },
    /// An environment variable.
    Env {
        /// Its name.
        name: String,
    },
    /// A file.
    File {
        /// Its path, as written.
        path: String,
        /// Who, at most, may have the permission to read it. A file with more readers is refused.
        readable_by: ReadableBy,
    },
}

/// When a token is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rotate {
    before_expiry: Lifetime,
    overlap: Lifetime,
}

impl Rotate {
    /// A token is replaced `before_expiry` before its expiry; the old one stays valid for at most `overlap` after that.
    pub const fn new(before_expiry: Lifetime, overlap: Lifetime) -> Rotate {
        Rotate { before_expiry, overlap }
    }

    /// How long before its expiry a token is replaced.
    pub const fn before_expiry(&self) -> Lifetime {
        self.before_expiry
    }

    /// How long old and new are valid side by side, at most.
    pub const fn overlap(&self) -> Lifetime {
        self.overlap
    }
}
