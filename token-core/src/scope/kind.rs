//! What the policy says about a kind, compiled into the service.

use core::time::Duration;

use token_policy::PolicyDigest;
pub use token_policy::{Lifetime, ReadableBy, Uses, format::Prefix};

/// A token kind as the compiler saw it: the rules that admission enforces.
///
/// The macros write it; the fields are public so that a service can show them.
#[derive(Debug)]
pub struct CompiledKind {
    /// The kind's name in the policy, such as `github-ci`.
    pub name: &'static str,
    /// Who answers for the tokens.
    pub owner: Option<&'static str>,
    /// Every scope the kind carries, implied ones included. At most 256.
    pub scopes: &'static [CompiledScope],
    /// The names of all scopes the policy declares. An error may print these,
    /// and no others: a name from outside might be a token in the wrong field.
    pub known_scopes: &'static [&'static str],
    /// The longest time a token may live.
    pub max_lifetime: Lifetime,
    /// How far the issuer's clock may differ from ours. At most 60 seconds.
    pub leeway: Lifetime,
    /// Whom a token must be meant for.
    pub audience: Option<&'static str>,
    /// How often a token may be used.
    pub uses: Uses,
    /// What a token begins with, if it has [our own format](token_policy::format).
    pub format: Option<Prefix>,
    /// Where the policy says a token is loaded from.
    pub source: Option<CompiledSource>,
    /// The digest of the whole policy. None for a kind declared without a file.
    pub policy: Option<PolicyDigest>,
}

/// A scope that a kind carries.
#[derive(Debug)]
pub struct CompiledScope {
    /// The scope's name.
    pub name: &'static str,
    /// Whether the policy lists it for the kind, rather than implying it.
    pub listed: bool,
    /// The positions in [`CompiledKind::scopes`] of the scopes it implies.
    pub implies: &'static [u8],
}

/// Where the policy says a token is loaded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompiledSource {
    /// A helper command's standard output.
    Command {
        /// The program and its arguments.
        argv: &'static [&'static str],
        /// How long it may run.
        timeout: Duration,
    },
    /// A systemd credential.
    Credential {
        /// The file's name in the credential directory.
        name: &'static str,
    },
    /// An environment variable.
    Env {
        /// The variable's name.
        name: &'static str,
    },
    /// A file.
    File {
        /// Its path.
        path: &'static str,
        /// Who else may read it.
        readable_by: ReadableBy,
    },
}
