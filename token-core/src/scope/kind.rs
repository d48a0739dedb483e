//! What the policy says about a kind, compiled into the service.

use core::{any::TypeId, fmt, time::Duration};

use crate::digest::{PolicyDigest, SourceDigest};

/// The rules of a token kind when the program was compiled. Admission enforces them.
///
/// Only the macros make one, and [`CompiledPolicy::leaked`](crate::policy::CompiledPolicy::leaked) for tools. The fields are public so that a service can show them; later versions may add some.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompiledKind {
    /// The kind's name in the policy, such as `github-ci`.
    pub name: &'static str,
    /// Who is responsible for the tokens.
    pub owner: Option<&'static str>,
    /// Every scope that the kind carries, implied ones included. At most 256.
    pub scopes: &'static [CompiledScope],
    /// The names of all scopes that the policy declares. An error may print these and no others:
    /// any other name came from outside, and might be a token in the wrong field.
    pub known_scopes: &'static [&'static str],
    /// The longest time a token may live. `None` if tokens need not expire: the policy says `expiry = "none"`.
    pub max_lifetime: Option<Duration>,
    /// When a token is to be replaced, if the policy says so.
    pub rotate: Option<CompiledRotate>,
    /// How far the issuer's clock may differ from this machine's. At most 60 seconds.
    pub leeway: Duration,
    /// The audience that a token must have, if the policy names one.
    pub audience: Option<&'static str>,
    /// How often a token may be used.
    pub uses: Uses,
    /// The prefix with which the kind's tokens begin, if they have our own format.
    pub format: Option<Prefix>,
    /// Where the policy says a token is loaded from.
    pub source: Option<CompiledSource>,
    /// The path at which the program keeps the refresh token by which it gets these tokens, if the policy names one.
    pub store: Option<&'static str>,
    /// The digest of the whole policy. `None` for a kind that was declared without a policy file.
    pub policy: Option<PolicyDigest>,
    /// The digest of what the policy says about this kind and its scopes, and nothing else: a change of another kind
    /// does not change it. `None` for a kind that was declared without a policy file.
    pub digest: Option<PolicyDigest>,
    /// The source that the program was built from, as [`CompiledPolicy::built_from`](crate::policy::CompiledPolicy::built_from)
    /// has it. `None` if that is unknown, and for a kind that was declared without a policy file.
    pub built_from: Option<SourceDigest>,
    /// Names the kind's type. It is a function because the id of a type is no constant in Rust 1.88.
    pub(crate) ty: fn() -> TypeId,
}

impl CompiledKind {
    /// Whether these are the rules of the same kind. Their addresses may differ, since they are a constant, and kinds that
    /// are known at run time only have one type.
    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        (self.ty)() == (other.ty)() && (self.name, self.policy) == (other.name, other.policy)
    }

    /// The names of the scopes that the policy lists for the kind, each once, without those that they imply.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &'static str> {
        let listed = || self.scopes.iter().filter(|scope| scope.listed);
        let is_first = move |at: usize, name| !listed().take(at).any(|other| other.name == name);
        // Several types may stand for one scope of the issuer.
        let firsts = listed().enumerate().filter(move |(at, scope)| is_first(*at, scope.name));
        firsts.map(|(_, scope)| scope.name)
    }
}

/// A scope that a kind carries.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompiledScope {
    /// The scope's name, as grants have it.
    pub name: &'static str,
    /// Whether the policy lists it for the kind. Otherwise another scope implies it.
    pub listed: bool,
    /// The positions in [`CompiledKind::scopes`] of the scopes it implies.
    pub implies: &'static [u8],
}

/// Where the policy says a token is loaded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompiledSource {
    /// A helper command's standard output.
    #[non_exhaustive]
    Command {
        /// The program and its arguments.
        argv: &'static [&'static str],
        /// How long it may run.
        timeout: Duration,
    },
    /// A systemd credential.
    #[non_exhaustive]
    Credential {
        /// The file's name in the credential directory.
        name: &'static str,
    },
    /// An environment variable.
    #[non_exhaustive]
    Env {
        /// The variable's name.
        name: &'static str,
    },
    /// A file.
    #[non_exhaustive]
    File {
        /// Its path.
        path: &'static str,
        /// Who else may read it.
        readable_by: ReadableBy,
    },
}

/// When a token is to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompiledRotate {
    /// At an age, since it never expires: `rotate = { after = "90d" }`.
    #[non_exhaustive]
    ByAge {
        /// The age.
        after: Duration,
        /// For how long the old token stays valid beside the new one.
        overlap: Duration,
    },
    /// Before it expires: `rotate = { before_expiry = "10m", overlap = "2m" }`.
    #[non_exhaustive]
    BeforeExpiry {
        /// How long before.
        before_expiry: Duration,
        /// For how long the old token stays valid beside the new one.
        overlap: Duration,
    },
}

impl CompiledRotate {
    /// The age at which a token is replaced. `None` if that depends on its expiry.
    #[must_use]
    pub const fn after(&self) -> Option<Duration> {
        match self {
            Self::ByAge { after, .. } => Some(*after),
            Self::BeforeExpiry { .. } => None,
        }
    }

    /// How long before its expiry a token is replaced. `None` if it is replaced by its age.
    #[must_use]
    pub const fn before_expiry(&self) -> Option<Duration> {
        match self {
            Self::ByAge { .. } => None,
            Self::BeforeExpiry { before_expiry, .. } => Some(*before_expiry),
        }
    }

    /// For how long the old token stays valid beside the new one.
    #[must_use]
    pub const fn overlap(&self) -> Duration {
        match self {
            Self::ByAge { overlap, .. } | Self::BeforeExpiry { overlap, .. } => *overlap,
        }
    }
}

/// How often a token may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Uses {
    /// Any number of times, while it is valid.
    #[default]
    Many,
    /// Once: the use consumes it.
    Once,
}

/// Who may be able to read a file that holds a secret.
///
/// Ordered: each value admits more readers than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReadableBy {
    /// Only its owner.
    #[default]
    Owner,
    /// Its owner and group.
    Group,
    /// Every account on the machine.
    Everyone,
}

/// The prefix of the tokens of one kind, if they have our own format: `<org>_<kind>_`.
///
/// The crate `token-policy` defines the format, and `token-issue` makes such tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(pub(crate) token_policy::format::Prefix);

impl Prefix {
    /// `None` if `name` is not two words joined by one `_`, or is too short or too long.
    pub(crate) const fn parse(name: &str) -> Option<Self> {
        match token_policy::format::Prefix::parse(name) {
            Ok(prefix) => Some(Self(prefix)),
            Err(_) => None,
        }
    }

    /// The prefix as tokens have it, with its last `_`: `acme_deploy_`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The prefix as a policy has it in `format`, without its last `_`: `acme_deploy`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Whether `text` has the prefix, the length and the characters of a token. The checksum is not looked at.
    #[must_use]
    pub fn fits(&self, text: &[u8]) -> bool {
        self.0.fits(text)
    }
}

/// Prints the prefix as a policy has it, without its last `_`.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
