//! Why a caller was refused.

use core::{error, fmt, time::Duration};

/// Why a presented token was refused.
///
/// It is for logs and records. From outside, a token that is unknown, expired, revoked or bound to another build must look
/// the same, or a caller could find out which tokens exist.
///
/// It holds no text from outside and allocates nothing, so that a flood of bad tokens costs little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The text is not a token of ours: another prefix, length or alphabet, or a wrong checksum. Nothing was looked up.
    Malformed,
    /// No such token was issued, or the issuer has forgotten it.
    Unknown,
    /// The token has expired.
    Expired,
    /// The token was revoked, or one that it was narrowed from.
    Revoked,
    /// The token could be used once, and was.
    Spent,
    /// The token is genuine, but of another kind than those that are welcome here.
    #[non_exhaustive]
    WrongKind {
        /// The token's kind.
        kind: &'static str,
    },
    /// The token is meant for another service.
    WrongAudience,
    /// The token is bound to another build than the one that the caller says it is.
    WrongBuild,
    /// The token is bound to a build, and the caller does not say which it is.
    NoBuild,
    /// The token's kind may carry the scopes that the operation needs, but this token was given fewer.
    #[non_exhaustive]
    InsufficientScope {
        /// The token's kind.
        kind: &'static str,
        /// The scopes that the operation needs.
        needs: &'static [&'static str],
    },
    /// The verifier cannot tell at the moment.
    #[non_exhaustive]
    Unavailable {
        /// When it is worth another try.
        retry_after: Duration,
    },
}

impl Refused {
    /// The verifier cannot tell at the moment, and it is worth another try after this time.
    #[must_use]
    pub const fn unavailable(retry_after: Duration) -> Self {
        Self::Unavailable { retry_after }
    }

    /// The name of the reason, as it stands in audit records. It stays the same in later versions.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed => "Malformed",
            Self::Unknown => "Unknown",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::Spent => "Spent",
            Self::WrongKind { .. } => "WrongKind",
            Self::WrongAudience => "WrongAudience",
            Self::WrongBuild => "WrongBuild",
            Self::NoBuild => "NoBuild",
            Self::InsufficientScope { .. } => "InsufficientScope",
            Self::Unavailable { .. } => "Unavailable",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str(
                "the caller's text is not a token of ours; check that it was copied whole",
            ),
            Self::Unknown => f.write_str(
                "the caller's token is unknown; it was never issued, or its time is long over",
            ),
            Self::Expired => {
                f.write_str("the caller's token has expired; the caller needs a fresh one")
            }
            Self::Revoked => {
                f.write_str("the caller's token was revoked, or one that it was narrowed from")
            }
            Self::Spent => f.write_str("the caller's token may be used once, and was used before"),
            Self::WrongKind { kind } => write!(
                f,
                "the caller's token is of kind `{kind}`, which is not asked for here; \
                 add the kind to the operation's kinds, or have the caller use another token"
            ),
            Self::WrongAudience => f.write_str("the caller's token is meant for another service"),
            Self::WrongBuild => f.write_str(
                "the caller's token is bound to another build than the caller's; \
                 have a token minted for the build that is deployed, or deploy the one that it was minted for",
            ),
            Self::NoBuild => f.write_str(
                "the caller's token is bound to a build, and the caller does not say which it is; \
                 have it send the header Token-Build",
            ),
            Self::InsufficientScope { kind, needs } => {
                write!(
                    f,
                    "the caller's token of kind `{kind}` was given fewer scopes than the operation needs:"
                )?;
                needs.iter().try_for_each(|scope| write!(f, " `{scope}`"))
            }
            Self::Unavailable { retry_after } => write!(
                f,
                "whether the caller's token is valid cannot be told at the moment; try again in {retry_after:?}"
            ),
        }
    }
}

impl error::Error for Refused {}
