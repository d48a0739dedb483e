//! Why a token was not admitted or not exposed.

#[cfg(feature = "policy-file")]
use alloc::boxed::Box;
use core::{fmt, time::Duration};

use time::UtcDateTime;
use token_policy::{Lifetime, ParseAssuranceError, ParseIdentityError, PolicyDigest, SourceDigest};

use super::ErrorKind;

/// Every field is a name from the policy, a count, a position or a time.
#[derive(Debug)]
#[cfg_attr(not(feature = "http"), allow(dead_code, reason = "two are about headers"))]
pub(crate) enum Refusal {
    #[cfg(feature = "policy-file")]
    BehindLock {
        kind: &'static str,
        environment: &'static str,
    },
    BuildMismatch {
        kind: &'static str,
        built_from: Option<SourceDigest>,
        found: SourceDigest,
    },
    Ended {
        kind: &'static str,
        wiped: bool,
    },
    ExcessScope {
        kind: &'static str,
        scope: Option<&'static str>,
        number: usize,
    },
    Expired {
        kind: &'static str,
        until: ValidUntil,
        by: Option<ExpiredBy>,
        wiped: bool,
    },
    LifetimeTooLong {
        kind: &'static str,
        lifetime: Duration,
        max: Duration,
    },
    Malformed {
        offset: usize,
    },
    MalformedAssurance(ParseAssuranceError),
    MalformedDigest,
    MalformedId,
    MalformedIdentity(ParseIdentityError),
    MalformedScheme {
        offset: usize,
    },
    MalformedScope {
        kind: &'static str,
        number: usize,
    },
    MalformedUser {
        offset: usize,
    },
    MissingScope {
        kind: &'static str,
        scope: &'static str,
    },
    NoExpiry {
        kind: &'static str,
    },
    #[cfg(feature = "policy-file")]
    NotLocked(Box<super::LockDrift>),
    NotYetValid {
        kind: &'static str,
        wait: Duration,
    },
    PolicyDrift(Drift),
    PolicyMismatch {
        kind: &'static str,
        compiled: Option<PolicyDigest>,
        found: PolicyDigest,
    },
    WrongAudience {
        kind: &'static str,
        expected: &'static str,
    },
    WrongFormat {
        kind: &'static str,
        expected: token_policy::format::Prefix,
    },
}

/// Until when a token was valid, leeway included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValidUntil {
    pub(crate) moment: UtcDateTime,
    /// Whether the expiry was assumed from the token policy, since the issuer said nothing.
    pub(crate) assumed: bool,
}

/// The clock that says that a token has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpiredBy {
    Monotonic,
    Wall,
}

impl fmt::Display for ValidUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.assumed {
            true => ", as assumed from the token policy",
            false => ", leeway included",
        };
        write!(f, "it was valid until {}{by}", self.moment)
    }
}

impl fmt::Display for ExpiredBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Monotonic => "its lifetime is over by the monotonic clock, which nobody can set",
            Self::Wall => "the wall clock is past that time",
        })
    }
}

/// The digests of the compiled and of the deployed policy, which should be equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drift {
    pub(crate) compiled: PolicyDigest,
    pub(crate) found: PolicyDigest,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { compiled, found } = self;
        write!(
            f,
            "this program was compiled with token policy {compiled:.12} but {found:.12} is deployed; \
             rebuild with the policy that is deployed, or deploy the one that was built"
        )
    }
}

impl Refusal {
    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            #[cfg(feature = "policy-file")]
            Self::BehindLock { .. } => ErrorKind::BehindLock,
            Self::BuildMismatch { .. } => ErrorKind::BuildMismatch,
            Self::Ended { .. } => ErrorKind::Ended,
            Self::ExcessScope { .. } => ErrorKind::ExcessScope,
            Self::Expired { .. } => ErrorKind::Expired,
            Self::LifetimeTooLong { .. } => ErrorKind::LifetimeTooLong,
            Self::Malformed { .. } => ErrorKind::Malformed,
            Self::MalformedAssurance(_) => ErrorKind::MalformedAssurance,
            Self::MalformedDigest => ErrorKind::MalformedDigest,
            Self::MalformedId => ErrorKind::MalformedId,
            Self::MalformedIdentity(_) => ErrorKind::MalformedIdentity,
            Self::MalformedScheme { .. } => ErrorKind::MalformedScheme,
            Self::MalformedUser { .. } => ErrorKind::MalformedUser,
            Self::MalformedScope { .. } => ErrorKind::MalformedScope,
            Self::MissingScope { .. } => ErrorKind::MissingScope,
            Self::NoExpiry { .. } => ErrorKind::NoExpiry,
            #[cfg(feature = "policy-file")]
            Self::NotLocked(_) => ErrorKind::NotLocked,
            Self::NotYetValid { .. } => ErrorKind::NotYetValid,
            Self::PolicyDrift(_) => ErrorKind::PolicyDrift,
            Self::PolicyMismatch { .. } => ErrorKind::PolicyMismatch,
            Self::WrongAudience { .. } => ErrorKind::WrongAudience,
            Self::WrongFormat { .. } => ErrorKind::WrongFormat,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuildMismatch { kind, built_from: Some(built_from), found } => write!(
                f,
                "the token of kind `{kind}` was issued for the program that was built from {found:.12}, but this one was \
                 built from {built_from:.12}; deploy the program that the token is for, or ask for a token for this one"
            ),
            Self::BuildMismatch { kind, built_from: None, found } => write!(
                f,
                "the token of kind `{kind}` was issued for the program that was built from {found:.12}, but the source of \
                 this one is unknown; build it with `policy!` and `TOKEN_BUILD_SOURCE=$(tokenctl source-id)`"
            ),
            #[cfg(feature = "policy-file")]
            Self::BehindLock { kind, environment } => write!(
                f,
                "the token of kind `{kind}` is newer than the lock that is deployed, and the token policy is `strict` in \
                 environment `{environment}`; deploy the lock of the rotation that made it"
            ),
            Self::ExcessScope { kind, scope: Some(scope), .. } => write!(
                f,
                "the token has scope `{scope}` in excess of its kind `{kind}`; \
                 ask the issuer for a narrower token, or add the scope to the token policy"
            ),
            Self::ExcessScope { kind, scope: None, number } => write!(
                f,
                "scope {number} of the token's grant is unknown to the token policy, so it is in excess of \
                 its kind `{kind}`; ask the issuer for a narrower token, or declare the scope in the token policy"
            ),
            Self::Ended { kind, wiped } => write!(
                f,
                "the token of kind `{kind}` was ended by its holder and {}; it was replaced, or nobody was to need it \
                 any more: ask its holder for the current one",
                fate(*wiped)
            ),
            Self::Expired { kind, until, by, wiped } => {
                write!(f, "the token of kind `{kind}` has expired and {}: {until}", fate(*wiped))?;
                match by {
                    Some(by) => write!(f, ", and {by}; load a fresh one"),
                    None => f.write_str("; load a fresh one"),
                }
            }
            Self::LifetimeTooLong { kind, lifetime, max } => write!(
                f,
                "the token lives {} but its kind `{kind}` allows {}; \
                 ask the issuer for a shorter lifetime, or raise `max_lifetime` in the token policy",
                in_words(*lifetime),
                in_words(*max)
            ),
            Self::Malformed { offset } => write!(
                f,
                "not a token: byte {offset} is missing or not a visible ASCII character; \
                 check the source for an empty value, a space, a line break or another encoding"
            ),
            Self::MalformedDigest => {
                f.write_str("not a policy digest; expected 64 lowercase hexadecimal digits")
            }
            Self::MalformedId => {
                f.write_str("not a token id; expected 32 lowercase hexadecimal digits")
            }
            Self::MalformedAssurance(error) => error.fmt(f),
            Self::MalformedIdentity(error) => error.fmt(f),
            Self::MalformedScheme { offset } => write!(
                f,
                "not the scheme of an `Authorization` header: byte {offset} is missing, or is none of the letters, digits \
                 and signs of RFC 9110 section 5.6.2; pass the scheme's name alone, without a space or a colon"
            ),
            Self::MalformedUser { offset } => write!(
                f,
                "not the user of a `Basic` header: byte {offset} is a colon or a control character (RFC 7617 section 2); \
                 pass the user's name alone, the token is added to it"
            ),
            Self::MalformedScope { kind, number } => write!(
                f,
                "scope {number} of the grant for kind `{kind}` is not a scope name; \
                 expected names separated by single spaces (RFC 6749 section 3.3)"
            ),
            Self::MissingScope { kind, scope } => write!(
                f,
                "the token lacks scope `{scope}` that its kind `{kind}` lists; \
                 ask the issuer for it, or remove the scope from the token policy"
            ),
            Self::NoExpiry { kind } => write!(
                f,
                "the grant for kind `{kind}` has no expiry; \
                 state one with `Grant::expires_at` or `Grant::expires_in`, or take the policy's with `Grant::assumed`; \
                 if its tokens never expire, write `expiry = \"none\"` and `rotate = {{ after = \"90d\" }}` into the \
                 token policy"
            ),
            #[cfg(feature = "policy-file")]
            Self::NotLocked(drift) => {
                write!(f, "the token is not the one that was reviewed: {drift}")
            }
            Self::NotYetValid { kind, wait } => write!(
                f,
                "the token of kind `{kind}` becomes valid in {wait:?}; wait, or check this machine's clock"
            ),
            Self::PolicyDrift(drift) => drift.fmt(f),
            Self::PolicyMismatch { kind, compiled: Some(compiled), found } => write!(
                f,
                "the token was issued under token policy {found:.12} but its kind `{kind}` was compiled with \
                 {compiled:.12}; ask for a fresh token, or rebuild with the policy the issuer has"
            ),
            Self::PolicyMismatch { kind, compiled: None, found } => write!(
                f,
                "the token was issued under token policy {found:.12} but its kind `{kind}` was compiled without one; \
                 declare the kind with `policy!`"
            ),
            Self::WrongAudience { kind, expected } => write!(
                f,
                "the token is not meant for `{expected}`, as its kind `{kind}` demands; \
                 ask the issuer for a token with that audience"
            ),
            Self::WrongFormat { kind, expected } => write!(
                f,
                "the token is not `{}` and {} letters and digits, as its kind `{kind}` demands; \
                 check that the source holds a whole token of this kind",
                expected.as_str(),
                token_policy::format::TAIL_BYTES
            ),
        }
    }
}

fn fate(wiped: bool) -> &'static str {
    match wiped {
        true => "is wiped",
        false => "is wiped when its last exposure ends, or when it is dropped",
    }
}

/// A lifetime as a policy writes it, such as `1h`. A part of a second counts as a whole second.
fn in_words(lifetime: Duration) -> Lifetime {
    let begun = u64::from(lifetime.subsec_nanos() > 0);
    Lifetime::from_secs(lifetime.as_secs().saturating_add(begun))
}
