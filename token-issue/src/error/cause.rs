//! What stands behind an error: names from the policy, numbers and the words of the store. Never a byte of a token, and no
//! text of a caller.

use std::{fmt, io, time::Duration};

use super::ErrorKind;
use crate::{registry::RegistryError, row::Unfit};

pub(crate) enum Cause {
    NoEntropy { kind: io::ErrorKind },
    NoThread { kind: io::ErrorKind },
    NoFormat { kind: &'static str },
    ShortPepper { bytes: usize },
    ExcessScope { kind: &'static str, scope: Option<&'static str>, number: usize },
    NoScope { kind: &'static str },
    NoLifetime { kind: &'static str },
    LifetimeTooLong { kind: &'static str, max: Option<Duration> },
    LifetimeTooShort { kind: &'static str },
    WrongAudience { kind: &'static str, audience: &'static str },
    TooLong { what: &'static str, limit: usize },
    UnknownKind { kind: &'static str, policy: &'static str },
    NoSuchKind { known: Vec<&'static str>, policy: &'static str },
    OnlyRevokes,
    Unfit(Unfit),
    Closed,
    NotRecorded(token_core::Error),
    NotReadBack(token_core::Error),
    Registry(RegistryError),
    OlderThanLog { log: String, recorded: u64, found: u64 },
    OtherHistory { known: u64, found: u64 },
    InRecovery,
    Late { place: Place, deadline: Duration },
}

/// Which of the two an issuer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Log,
    Registry,
}

impl Cause {
    pub(crate) fn no_entropy(error: getrandom::Error) -> Self {
        Self::NoEntropy { kind: io::Error::from(error).kind() }
    }

    #[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
    pub(crate) fn no_thread(error: io::Error) -> Self {
        Self::NoThread { kind: error.kind() }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::NoEntropy { .. } | Self::NoThread { .. } => ErrorKind::Io,
            Self::NoFormat { .. } => ErrorKind::NoFormat,
            Self::ShortPepper { .. } => ErrorKind::ShortPepper,
            Self::ExcessScope { .. } => ErrorKind::ExcessScope,
            Self::NoScope { .. } => ErrorKind::NoScope,
            Self::NoLifetime { .. } => ErrorKind::NoLifetime,
            Self::LifetimeTooLong { .. } => ErrorKind::LifetimeTooLong,
            Self::LifetimeTooShort { .. } => ErrorKind::LifetimeTooShort,
            Self::WrongAudience { .. } => ErrorKind::WrongAudience,
            Self::TooLong { .. } => ErrorKind::TooLong,
            Self::UnknownKind { .. } | Self::NoSuchKind { .. } => ErrorKind::UnknownKind,
            Self::OnlyRevokes => ErrorKind::OnlyRevokes,
            Self::Unfit(_) => ErrorKind::Unfit,
            Self::Closed => ErrorKind::Closed,
            Self::NotRecorded(_) => ErrorKind::NotRecorded,
            Self::NotReadBack(_) => ErrorKind::NotReadBack,
            Self::Registry(RegistryError::Unavailable { .. }) | Self::InRecovery => {
                ErrorKind::Unavailable
            }
            Self::Registry(RegistryError::Duplicate) => ErrorKind::Duplicate,
            Self::Registry(RegistryError::Malformed { .. }) => ErrorKind::Malformed,
            Self::Registry(RegistryError::NewerSchema { .. }) => ErrorKind::NewerSchema,
            Self::Registry(RegistryError::Unsuitable { .. }) => ErrorKind::Unsuitable,
            Self::Registry(RegistryError::PepperInUse { .. }) => ErrorKind::PepperInUse,
            Self::OlderThanLog { .. } | Self::OtherHistory { .. } => ErrorKind::OtherHistory,
            Self::Late { .. } => ErrorKind::Timeout,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEntropy { kind } => write!(
                f,
                "the operating system has no entropy for a token: {kind}; check that this process may call getrandom(2)"
            ),
            Self::NoThread { kind } => write!(
                f,
                "the operating system has no thread for the issuer: {kind}; check the limit of processes (RLIMIT_NPROC)"
            ),
            Self::NoFormat { kind } => write!(
                f,
                "token kind `{kind}`: the token policy gives it no `format`; add one, such as \"acme_deploy\""
            ),
            Self::ShortPepper { bytes } => write!(
                f,
                "a pepper of {bytes} bytes is too short; take {} random bytes or more",
                crate::Pepper::MIN_BYTES
            ),
            Self::ExcessScope { kind, scope: Some(scope), .. } => write!(
                f,
                "token kind `{kind}` does not carry scope `{scope}`; leave the scope out, or add it to the kind in the token \
                 policy"
            ),
            Self::ExcessScope { kind, scope: None, number } => write!(
                f,
                "scope number {number} of those asked for a token of kind `{kind}` is not one that the token policy declares"
            ),
            Self::NoScope { kind } => write!(
                f,
                "a token of kind `{kind}` would have no scope; ask for at least one that the kind carries"
            ),
            Self::NoLifetime { kind } => write!(
                f,
                "token kind `{kind}`: the token policy gives it no maximum lifetime, so say how long the token is to live"
            ),
            Self::LifetimeTooLong { kind, max: Some(max) } => write!(
                f,
                "a token of kind `{kind}` may live {} seconds at most, by the token policy; ask for a shorter lifetime",
                max.as_secs()
            ),
            Self::LifetimeTooLong { kind, max: None } => write!(
                f,
                "a token of kind `{kind}` would expire after the end of the calendar; ask for a shorter lifetime"
            ),
            Self::LifetimeTooShort { kind } => write!(
                f,
                "a token of kind `{kind}` would live less than a second; lifetimes are whole seconds, so ask for one or more"
            ),
            Self::WrongAudience { kind, audience } => write!(
                f,
                "the token policy gives kind `{kind}` the audience `{audience}`, and another one was asked for; leave the \
                 audience out"
            ),
            Self::TooLong { what, limit } => {
                write!(f, "{what} of a token has more than {limit} bytes; take a shorter text")
            }
            Self::UnknownKind { kind, policy } => write!(
                f,
                "token kind `{kind}` is not one of the token policy `{policy}` that this issuer was given; give it the \
                 `POLICY` that `policy!` made beside the kind"
            ),
            Self::NoSuchKind { known, policy } if known.is_empty() => write!(
                f,
                "the token policy `{policy}` gives no kind a `format`, so it has no kind whose tokens are minted; add one, such as \
                 \"acme_deploy\""
            ),
            Self::NoSuchKind { known, policy } => write!(
                f,
                "the token policy `{policy}` has no such kind; those whose tokens are minted are `{}`",
                known.join("`, `")
            ),
            Self::OnlyRevokes => f.write_str(
                "this issuer only revokes; to mint, narrow or inspect, start one without `only_revokes`",
            ),
            Self::Unfit(unfit) => unfit.fmt(f),
            Self::Closed => f.write_str("the issuer was closed; start another one"),
            Self::NotRecorded(_) => f.write_str(
                "the log did not put the token on record, so there is no token; check the log's disk, and try again",
            ),
            Self::NotReadBack(_) => f.write_str(
                "the log could not be read back, so it is not known which tokens are open; verify the log before the next \
                 start",
            ),
            Self::Registry(error) => error.fmt(f),
            Self::OlderThanLog { log, recorded, found } => write!(
                f,
                "the registry has lost revocations: the log `{log}` has revocation {recorded} on record, which is not in the \
                 registry's history of {found}; if the registry was restored from a backup, restore a newer one, make the lost \
                 revocations again with `Reconcile`, or revoke all its tokens with `revoke_all_if_older`"
            ),
            Self::OtherHistory { known, found } => write!(
                f,
                "the registry was replaced while this issuer ran: revocation {known} is not in its history of {found}; put \
                 the right one back"
            ),
            Self::InRecovery => f.write_str(
                "the registry is a replica or is being recovered, and may be behind; connect to the primary",
            ),
            Self::Late { place: Place::Log, deadline } => write!(
                f,
                "the log did not answer within {deadline:?}; check its disk, and try again"
            ),
            Self::Late { place: Place::Registry, deadline } => write!(
                f,
                "the registry did not answer within {deadline:?}; check that it is there, and try again"
            ),
        }
    }
}
