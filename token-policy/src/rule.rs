//! Defines what a token kind may say about its tokens.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Lifetime;

/// How often a token may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Uses {
    /// A token may be used any number of times while it is valid.
    #[default]
    Many,
    /// A token may be used once; then it is gone.
    Once,
}

/// Who, at most, may have the permission to read a secret file.
///
/// The variants are ordered: each admits more readers than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadableBy {
    /// Only the file's owner may read it.
    #[default]
    Owner,
    /// The file's owner and group may read it.
    Group,
    /// Every account on the machine may read it.
    Everyone,
}

/// Where a token is read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A helper command prints the token.
    Command {
        /// The program and its arguments; never empty. They are run without a shell.
        argv: Vec<String>,
        /// How long the command may run.
        timeout: Lifetime,
    },
    /// The token is a systemd credential: a file in `$CREDENTIALS_DIRECTORY`.
    Credential {
        /// The credential's name: one path component.
        name: String,
    },
    /// The token is in an environment variable.
    Env {
        /// The variable's name.
        name: String,
    },
    /// The token is in a file.
    File {
        /// The file's path, as written in the policy.
        path: String,
        /// Who, at most, may have the permission to read the file. A file with more readers is refused.
        readable_by: ReadableBy,
    },
}

/// When a token is replaced by a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rotate {
    /// A token is replaced when it reaches an age. This is the way of kinds whose tokens never expire.
    ByAge {
        /// The age at which a token is replaced, counted from the time at which it was issued.
        after: Lifetime,
        /// For how long, at most, the old and the new token are both in use.
        overlap: Lifetime,
    },
    /// A token is replaced before it expires.
    BeforeExpiry {
        /// How long before its expiry a token is replaced.
        before_expiry: Lifetime,
        /// For how long, at most, the old and the new token are both valid.
        overlap: Lifetime,
    },
}

impl Rotate {
    /// Returns the age at which a token is replaced, or `None` if that depends on its expiry.
    pub const fn after(&self) -> Option<Lifetime> {
        match self {
            Rotate::ByAge { after, .. } => Some(*after),
            Rotate::BeforeExpiry { .. } => None,
        }
    }

    /// Returns how long before its expiry a token is replaced, or `None` if it is replaced by its age.
    pub const fn before_expiry(&self) -> Option<Lifetime> {
        match self {
            Rotate::ByAge { .. } => None,
            Rotate::BeforeExpiry { before_expiry, .. } => Some(*before_expiry),
        }
    }

    /// Returns for how long, at most, the old and the new token are both valid.
    pub const fn overlap(&self) -> Lifetime {
        match self {
            Rotate::ByAge { overlap, .. } | Rotate::BeforeExpiry { overlap, .. } => *overlap,
        }
    }
}
